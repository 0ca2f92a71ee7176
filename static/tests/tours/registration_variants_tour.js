import { registry } from "@web/core/registry";

// Selectors are technical names: the tour passes in an English and in a French database.
const list = ".o_field_widget[name='urssaf_attempt_ids']";
const badge = (color) =>
    `.o_field_widget[name='urssaf_registration_state'] .text-bg-${color}`;

const variant = (number) => `${list} .o_data_row:nth-child(${number})`;

/** Odoo puts a page back where it was: wait until the last of it is done. */
async function waitUntilSeen(element) {
    for (let tries = 0; tries < 40; tries++) {
        const { top, bottom } = element.getBoundingClientRect();
        if (top >= 0 && bottom <= window.innerHeight && element.contains(document.activeElement)) {
            return;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error("the status is off the screen");
}

registry.category("web_tour.tours").add("urssaf_registration_variants", {
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
            content: "the answer is where the eye is, and nothing green stands under it",
            trigger: ".o_form_view:not(:has(.o_urssaf_checklist .text-success-emphasis.text-nowrap)) [name='urssaf_status']",
            async run() {
                await waitUntilSeen(this.anchor);
            },
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
            content: "correct the name",
            trigger: ".o_field_widget[name='urssaf_first_names'] input",
            run: "edit Zoé Anaïs Marie",
        },
        {
            content: "leave the field",
            trigger: ".o_field_widget[name='urssaf_birth_name'] input",
            run: "click",
        },
        {
            content: "the variants stay where they are, without their buttons",
            trigger: `${list}:not(:has(button[name='action_try']))`,
        },
        {
            content: "discard",
            trigger: ".o_form_button_cancel",
            run: "click",
        },
        {
            content: "what was entered has been tried",
            trigger: `${variant(1)}:not(:has(button)) .text-bg-danger`,
        },
        {
            content: "try the first names joined by hyphens",
            trigger: `${variant(2)} button[name='action_try']`,
            run: "click",
        },
        {
            content: "not recognised either: remembered",
            trigger: `${variant(2)}:not(:has(button)) .text-bg-danger`,
        },
        {
            content: "try the first one only",
            trigger: `${variant(3)} button[name='action_try']`,
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

registry.category("web_tour.tours").add("urssaf_registration_activity", {
    steps: () => [
        {
            content: "who comes by an activity finds the page it speaks of",
            trigger: ".o_notebook_headers a.active[name='urssaf']",
        },
        {
            content: "and may leave it",
            trigger: ".o_notebook_headers a[name='contact_addresses']",
            run: "click",
        },
        {
            content: "for good",
            trigger: ".o_notebook_headers a.active[name='contact_addresses']",
        },
    ],
});

registry.category("web_tour.tours").add("urssaf_rows_by_keyboard", {
    steps: () => [
        {
            content: "Tab stops at each row of the window",
            trigger: ".o_urssaf_register_wizard tr.o_data_row:nth-child(2) td.o_data_cell[tabindex='0']",
            run() {
                this.anchor.focus();
                this.anchor.dispatchEvent(
                    new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })
                );
            },
        },
        {
            content: "Enter edits it",
            trigger: ".o_urssaf_register_wizard tr.o_data_row.o_selected_row:nth-child(2) input:focus",
        },
    ],
});
