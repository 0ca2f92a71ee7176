"""A trace never spoils a call: another worker may be changing the documents while an exchange about them is being kept."""


def test_an_exchange_is_kept_whatever_another_worker_does_with_its_document(inside):
    result, _output = inside('inside_links', 'keep_while_written')
    assert result == [2, True, 'X']
