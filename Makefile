# The two commands: `make demo` shows the whole job in a browser, `make test` passes the tests. README says more.
.PHONY: demo test lint bench clean

demo:
	@python3 dev/demo.py

test:
	@python3 dev/test.py

lint:
	@python3 dev/lint.py

# Calls, SQL queries and CPU for each invoice, counted in one run.
bench:
	@python3 dev/bench.py

# Stop the private PostgreSQL of this clone and forget its databases; downloads stay.
clean:
	@python3 dev/clean.py
