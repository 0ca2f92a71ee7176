import { registry } from "@web/core/registry";

// Selectors are technical names: the tours pass in an English and in a French database.
const tours = registry.category("web_tour.tours");

tours.add("urssaf_money_setup", {
    steps: () => [
        {
            content: "one click",
            trigger: "#urssaf_money button[name='action_urssaf_setup_money']",
            run: "click",
        },
        {
            content: "the journal is there",
            trigger: "#urssaf_money .o_field_widget[name='urssaf_journal_id'] input:value(/./)",
        },
        {
            content: "and its account",
            trigger: "#urssaf_money .o_field_widget[name='urssaf_claim_account_id']:not(.o_field_empty)",
        },
        {
            content: "switch it on",
            trigger: "#urssaf_money .o_field_widget[name='urssaf_register_payments'] input",
            run: "click",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "saved",
            trigger: ".o_form_view:not(:has(.o_form_dirty)) #urssaf_money .o_field_widget[name='urssaf_register_payments'] input:checked",
        },
    ],
});

tours.add("urssaf_transfer", {
    steps: () => [
        {
            content: "one line for three requests",
            trigger: ".o_data_row .o_data_cell[name='request_count']:contains('3')",
            run: "click",
        },
        {
            content: "match it with the bank",
            trigger: "button[name='action_open_match']",
            run: "click",
        },
        {
            content: "the imported line is proposed",
            trigger: ".modal .o_field_widget[name='statement_line_id'] input:value(/VIR URSSAF/)",
        },
        {
            content: "match",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "nothing is open any more",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(button[name='action_open_match'])) button[name='action_undo']",
        },
    ],
});

tours.add("urssaf_take_back", {
    steps: () => [
        {
            content: "URSSAF has taken money back",
            trigger: "button[name='action_take_back']",
            run: "click",
        },
        {
            content: "its half is proposed",
            trigger: ".modal .o_field_widget[name='amount'] input:value(/600/)",
        },
        {
            content: "book it",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "what was taken back stands on the request",
            trigger: "body:not(:has(.modal)) .o_field_widget[name='amount_taken_back']:contains('600')",
        },
    ],
});

tours.add("urssaf_household_pays", {
    steps: () => [
        {
            content: "what is open may be paid",
            trigger: "a[data-bs-target='#pay_with']:visible",
            run: "click",
        },
        {
            content: "a card",
            trigger: "#pay_with input[name='customer_input']",
            run: "edit 4242424242424242",
        },
        {
            content: "pay",
            trigger: "#pay_with button[name='o_payment_submit_button']:not(:disabled)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it is done, and there is nothing left to pay",
            trigger: "body:not(:has([data-bs-target='#pay_with'])) .o_portal_invoice_sidebar",
        },
    ],
});
