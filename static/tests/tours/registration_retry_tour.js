import { registry } from "@web/core/registry";

// Selectors are technical names: the tour passes in an English and in a French database.
const list = ".o_field_widget[name='urssaf_attempt_ids']";
const badge = (color) =>
    `.o_field_widget[name='urssaf_registration_state'] .text-bg-${color}`;

const way = (number) => `${list} .o_data_row:nth-child(${number})`;

registry.category("web_tour.tours").add("urssaf_registration_retry", {
    steps: () => [
        {
            content: "open the page Avance immédiate of the customer",
            trigger: ".o_notebook_headers a[name='urssaf']",
            run: "click",
        },
        {
            content: "register as entered",
            trigger: "button[name='action_urssaf_register']:not(.disabled)",
            run: "click",
        },
        {
            content: "refused, and the form shows it by itself",
            trigger: badge("danger"),
        },
        {
            content: "the fields to look at are marked",
            trigger: ".o_field_widget[name='urssaf_first_names'].o_urssaf_refused",
        },
        {
            content: "each of them is a click away",
            trigger: "[data-refused='urssaf_first_names']",
            run: "click",
        },
        {
            content: "the hand is in the field",
            trigger: ".o_field_widget[name='urssaf_first_names'] input:focus",
        },
        {
            content: "what was entered has been tried",
            trigger: `${way(1)}:not(:has(button)) .text-bg-danger`,
        },
        {
            content: "try the first names joined by hyphens",
            trigger: `${way(2)} button[name='action_try']`,
            run: "click",
        },
        {
            content: "not recognised either: remembered",
            trigger: `${way(2)}:not(:has(button)) .text-bg-danger`,
        },
        {
            content: "try the first one only",
            trigger: `${way(3)} button[name='action_try']`,
            run: "click",
        },
        {
            content: "registered",
            trigger: badge("info"),
        },
        {
            content: "there is nothing left to try",
            trigger: `.o_form_view:not(:has(${list})):not(:has(.o_urssaf_refused))`,
        },
        {
            content: "the mail never came",
            trigger: "button[name='action_urssaf_mail_never_came']",
            run: "click",
        },
        {
            content: "a message to URSSAF is ready",
            trigger: ".modal .o_field_widget[name='body']:contains('idClient')",
        },
        {
            content: "close",
            trigger: ".modal button[special='cancel']",
            run: "click",
        },
        {
            content: "back on the form",
            trigger: "body:not(:has(.modal)) .o_form_view",
        },
    ],
});
