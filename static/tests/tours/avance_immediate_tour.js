import { registry } from "@web/core/registry";

// Selectors are technical names: the tours pass in an English and in a French database.
const tours = registry.category("web_tour.tours");

const customerTab = {
    content: "open the page Avance immédiate of the customer",
    trigger: ".o_notebook_headers a[name='urssaf']",
    run: "click",
};

const badge = (field, color) => ({
    content: `the badge ${field} is ${color}`,
    trigger: `.o_form_sheet .o_field_widget[name='${field}'] .text-bg-${color}`,
});

tours.add("urssaf_test_connection", {
    steps: () => [
        {
            content: "the card is there and unfolded",
            trigger: "#urssaf_card .o_field_widget[name='urssaf_environment']",
        },
        {
            content: "test the connection",
            trigger: "button[name='action_urssaf_test_connection']",
            run: "click",
        },
        {
            content: "it is said to work, with the time",
            trigger: "#urssaf_card span.text-success .o_field_widget[name='urssaf_test_at']",
        },
    ],
});

// A month in three clicks, from the page on which Invoicing opens.
tours.add("urssaf_month_run", {
    steps: () => [
        {
            content: "the card says how many are to be sent",
            timeout: 60000,
            trigger: ".o_kanban_view a[name='action_urssaf_to_send']:contains('2')",
            run: "click",
        },
        {
            content: "all of the list",
            trigger: ".o_control_panel button[name='action_urssaf_send_listed']",
            run: "click",
        },
        {
            content: "send the two",
            trigger: ".modal button[name='action_send']:contains('2')",
            run: "click",
        },
        {
            content: "the summary stays in the window",
            timeout: 60000, // two mails are made, too
            trigger: ".modal .alert-success .o_field_widget[name='result']:contains('2')",
        },
        {
            content: "there is nothing left to send in it",
            trigger: ".modal:not(:has(button[name='action_send']))",
        },
    ],
});

// The first day of an administrator: three clicks and four fields.
tours.add("urssaf_settings", {
    steps: () => [
        {
            content: "open the environments",
            timeout: 60000,
            trigger: "#urssaf_card .o_field_widget[name='urssaf_environment'] input",
            run: "click",
        },
        {
            content: "the simulator",
            trigger: ".o_select_menu_item:contains('Simul')",
            run: "click",
        },
        {
            content: "it is chosen, and what it means is said",
            timeout: 60000,
            trigger: "#urssaf_card .o_field_widget[name='urssaf_environment_notice']:visible",
        },
        {
            content: "client ID",
            trigger: "#urssaf_card .o_field_widget[name='urssaf_client_id'] input",
            run: "edit prestataire",
        },
        {
            content: "client secret",
            trigger: "#urssaf_card .o_field_widget[name='urssaf_new_secret'] input",
            run: "edit tres-confidentiel",
        },
        {
            content: "SAP number, as people write it",
            trigger: "#urssaf_card .o_field_widget[name='urssaf_sap_number'] input",
            run: "edit sap 999 999 998",
        },
        {
            content: "billing third party",
            trigger: "#urssaf_card .o_field_widget[name='urssaf_billing_party'] input",
            run: "edit Exemple Services",
        },
        {
            content: "save and test in one go",
            trigger: "button[name='action_urssaf_test_connection']",
            run: "click",
        },
        {
            content: "no question, no other page: the result stands beside the button",
            timeout: 60000,
            trigger: "#urssaf_card span.text-success .o_field_widget[name='urssaf_test_at']",
        },
        {
            content: "the card is still what one sees",
            trigger: "button[name='action_urssaf_test_connection']",
            run() {
                const { top, bottom } = this.anchor.getBoundingClientRect();
                if (top < 0 || bottom > window.innerHeight) {
                    throw new Error(`The button is at ${top} of ${window.innerHeight}`);
                }
            },
        },
    ],
});

tours.add("urssaf_register", {
    steps: () => [
        customerTab,
        badge("urssaf_registration_state", "300"),
        {
            content: "register",
            trigger: "button[name='action_urssaf_register']:not(.disabled)",
            run: "click",
        },
        {
            content: "what happens next is told",
            trigger: ".o_notification:contains('@example.com')",
        },
        badge("urssaf_registration_state", "info"),
    ],
});

tours.add("urssaf_activated", {
    steps: () => [
        customerTab,
        {
            content: "ask URSSAF",
            trigger: "button[name='action_urssaf_refresh']",
            run: "click",
        },
        badge("urssaf_registration_state", "success"),
    ],
});

tours.add("urssaf_send_and_print", {
    steps: () => [
        {
            content: "open Send & Print",
            trigger: "button[name='action_invoice_sent']",
            run: "click",
        },
        {
            content: "the option is there and not ticked",
            trigger: ".modal #urssaf:not(:checked)",
            run: "click",
        },
        {
            content: "the type is filled in: choose another",
            trigger: ".modal .o_field_widget[name='urssaf_nature_id'] input",
            run: "click",
        },
        {
            content: "the first one found",
            trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) > a:not(.o_loading)",
            run: "click",
        },
        {
            content: "the dates are filled in: choose the last day",
            trigger: ".modal .o_field_widget[name='urssaf_date_end'] :is(button, input)",
            run: "click",
        },
        {
            // Not today: in the first minutes of a month the services are on the last day of the one before.
            content: "the day of the services",
            trigger: ".o_datetime_picker .o_date_item_cell.o_selected",
            run: "click",
        },
        {
            content: "the two amounts are told",
            trigger: ".modal .o_field_widget[name='urssaf_summary']",
        },
        {
            content: "send",
            trigger: ".modal button[name='action_send_and_print']:visible",
            run: "click",
        },
        {
            content: "the window closes",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "the banner says what is going on",
            trigger: ".alert-info [name='urssaf_request']",
        },
        badge("urssaf_state", "info"),
    ],
});

tours.add("urssaf_paid", {
    steps: () => [
        {
            content: "refresh",
            trigger: "button[name='action_urssaf_refresh']",
            run: "click",
        },
        badge("urssaf_state", "success"),
        {
            content: "the paper plane opens the request",
            trigger: "button[name='action_urssaf_open_request']",
            run: "click",
        },
        {
            content: "paid, with its timeline",
            trigger: ".o_arrow_button_current[data-value='paid']",
        },
        {
            content: "the transfer stands in the timeline",
            trigger: ".o_field_widget[name='event_ids'] .o_data_row.text-success",
        },
    ],
});

tours.add("urssaf_many", {
    steps: () => [
        {
            content: "choose all three",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "three are chosen",
            trigger: ".o_control_panel .o_selection_container:contains('3')",
        },
        {
            content: "open the menu Actions",
            trigger: ".o_control_panel .o_cp_action_menus .dropdown-toggle:has(.fa-cog)",
            run: "click",
        },
        {
            content: "to URSSAF",
            trigger: ".o-dropdown--menu .o_menu_item:contains('URSSAF')",
            run: "click",
        },
        {
            content: "one row is refused by the check",
            trigger: ".modal td[name='note'].text-danger",
        },
        {
            content: "show only what is to correct",
            trigger: ".modal [name='only_to_fix'] input",
            run: "click",
        },
        {
            content: "the rows that are ready are hidden",
            trigger: ".modal [name='only_to_fix'] input:checked",
            run() {
                const rows = [...document.querySelectorAll(".modal .o_data_row")];
                const shown = rows.filter((row) => row.offsetParent);
                if (rows.length !== 3 || shown.length !== 1) {
                    throw new Error(`${shown.length} of ${rows.length} rows are shown, instead of 1 of 3`);
                }
            },
        },
        {
            content: "send the two",
            trigger: ".modal button[name='action_send']:contains('2')",
            run: "click",
        },
        {
            content: "what was not sent stays in the window, alone",
            trigger: ".modal .o_field_widget[name='line_ids']:not(:has(td[name='note'].text-success)) td[name='note'].text-danger",
        },
    ],
});

const fill = (field, value) => ({
    content: `fill in ${field}`,
    trigger: `.o_field_widget[name='${field}'] :is(input, textarea)`,
    run: `edit ${value} && press Tab`,
});

const onList = (field, state) => ({
    content: `${field} is ${state} on the checklist`,
    trigger: `.o_urssaf_checklist [data-field='${field}'][data-state='${state}']`,
});

tours.add("urssaf_form_from_empty", {
    steps: () => [
        {
            content: "a person, not a company",
            trigger: ".o_field_widget[name='company_type'] input[data-value='person']",
            run: "click",
        },
        {
            // Odoo has two inputs for the name, and changes one for the other: what is typed before is lost.
            content: "the form is that of a person",
            trigger: ".o_notebook_headers a[name='urssaf']",
        },
        {
            content: "the name",
            trigger: ".o_field_widget[name='name'] :is(input, textarea)",
            run: "edit Lucie Vide",
        },
        fill("email", "lucie@example.com"),
        fill("phone", "+33 (0)6 39 98 00 21"),
        fill("street", "12 bis rue du Maréchal de Lattre de Tassigny, bât. B"),
        fill("zip", "37000"),
        fill("city", "Tours"),
        customerTab,
        {
            content: "the mobile is taken from the telephone number",
            trigger: ".o_urssaf_checklist [data-field='urssaf_mobile'][data-state='done']",
        },
        {
            content: "the street has been split and shortened, its length is told",
            trigger: ".o_urssaf_street .o_urssaf_name .o_urssaf_counter:contains('28/28')",
        },
        {
            content: "registering is not offered yet",
            trigger: "button[name='action_urssaf_register'].disabled",
        },
        onList("urssaf_civility", "missing"),
        {
            content: "the title",
            trigger: ".o_field_widget[name='urssaf_civility'] input[data-value='2']",
            run: "click",
        },
        onList("urssaf_civility", "done"),
        fill("urssaf_birth_name", "L'Hôte-Exemple"),
        fill("urssaf_first_names", "Lucie, Zoé"),
        {
            content: "what is sent of the names is shown",
            trigger: ".o_field_widget[name='urssaf_names_sent']:contains('Hote-Exemple / Lucie Zoe')",
        },
        {
            content: "open the birth date",
            trigger: ".o_field_widget[name='urssaf_birth_date'] :is(button, input)",
            run: "click",
        },
        fill("urssaf_birth_date", "05/05/1984"), // the same day in both languages
        {
            content: "search the municipality of birth",
            trigger: ".o_field_widget[name='urssaf_birth_commune_id'] input",
            run: "edit Tours",
        },
        {
            content: "choose it",
            trigger: ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option) > a:contains('Tours')",
            run: "click",
        },
        fill("urssaf_iban", "FR76 3000 6000 0112 3456 7890 188"),
        {
            content: "a wrong IBAN is told at once: go to it from the list",
            trigger: ".o_urssaf_checklist [data-field='urssaf_iban'][data-state='wrong'] button",
            run: "click",
        },
        {
            content: "the field has the focus",
            trigger: ".o_field_widget[name='urssaf_iban'] input:focus",
        },
        fill("urssaf_iban", "FR76 3000 6000 0112 3456 7890 189"),
        onList("urssaf_iban", "done"),
        fill("urssaf_bic", "TESTFRPPXXX"),
        fill("urssaf_bank_holder", "Mme Vide Lucie"),
        {
            content: "the day of the agreement",
            trigger: ".o_field_widget[name='urssaf_consent_date'] :is(button, input)",
            run: "click",
        },
        {
            content: "today",
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        fill("urssaf_consent_origin", "Formulaire signé"),
        {
            content: "everything is green",
            trigger: ".o_urssaf_checklist .progress[aria-valuenow='100']",
        },
        {
            content: "register",
            trigger: "button.btn-primary[name='action_urssaf_register']:not(.disabled)",
            run: "click",
        },
        {
            content: "what happens next is told",
            trigger: ".o_notification:contains('lucie@example.com')",
        },
        badge("urssaf_registration_state", "info"),
    ],
});
