import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

const PATIENCE = 15000; // milliseconds until a form that has gone nowhere may be sent again
const LISTED = /^(.*) \((\d{5})\)$/; // a town as the list writes it
const FORMER = /\([0-9AB]{2,5},/; // one that is part of another today: people were born there, nobody lives there

/**
 * Comfort on the household's form: names of towns while typing, a date with its slashes, an IBAN in groups of four, one
 * submit for two taps. All works without it.
 */
export class HouseholdForm extends Interaction {
    static selector = ".o_urssaf_form";
    dynamicContent = {
        _root: {
            "t-on-submit": this.onSubmit,
            "t-on-input": this.onEdit,
            "t-on-change": this.onEdit,
        },
        _window: { "t-on-pageshow": this.onPageShow },
        "input[data-communes]": {
            "t-on-input": this.debounced(this.onWords, 250),
            "t-on-keydown": this.onKey,
        },
        "input[data-date]": { "t-on-input": this.onDate },
        "#zip": { "t-on-input": this.debounced(this.onZip, 250) },
        "#iban": { "t-on-change": this.onIban },
    };

    setup() {
        this.asked = 0;
        this.isSending = false;
    }

    start() {
        const wrong = this.el.querySelector("[autofocus]");
        if (wrong) {
            wrong.focus();
            wrong.closest("fieldset, .mb-3, .form-check").scrollIntoView({ block: "center" });
        }
    }

    /** What is being corrected is not wrong any more, until the server says so. */
    onEdit(ev) {
        const { name, type } = ev.target;
        const note = this.el.querySelector(`#${name}_note.invalid-feedback`);
        if (!note) {
            return;
        }
        note.remove();
        ev.target.classList.remove("is-invalid");
        ev.target.removeAttribute("aria-invalid");
        if (type === "radio") {
            for (const label of ev.target.closest("fieldset").querySelectorAll(".btn")) {
                label.classList.replace("btn-outline-danger", "btn-outline-primary");
            }
        }
    }

    // -- sending ------------------------------------------------------------------------------------------------------

    onSubmit(ev) {
        if (this.isSending) {
            ev.preventDefault();
            return;
        }
        this.setSending(true);
        this.waitForTimeout(() => this.setSending(false), PATIENCE);
        // "Back" comes to this page as it is by then, and not to a question about sending a form again.
        history.replaceState(null, "", location.href);
    }

    onPageShow(ev) {
        if (ev.persisted) {
            this.setSending(false);
        }
    }

    setSending(isSending) {
        this.isSending = isSending;
        const button = this.el.querySelector("button[type=submit]");
        button.classList.toggle("o_urssaf_sending", isSending);
        button.setAttribute("aria-disabled", isSending);
    }

    // -- towns --------------------------------------------------------------------------------------------------------

    async onWords(ev) {
        const input = ev.target;
        const zip = input.dataset.zip ? this.el.querySelector(`#${input.dataset.zip}`).value : "";
        await this.suggest(input, `${zip} ${input.value}`.trim(), zip && input.value.trim());
    }

    async onZip(ev) {
        const zip = ev.target.value.replace(/\s/g, "");
        // The towns of the postal code that was there before.
        for (const choice of this.el.querySelectorAll(".o_urssaf_choice")) {
            choice.remove();
        }
        if (/^\d{5}$/.test(zip)) {
            await this.suggest(this.el.querySelector("#city"), zip);
        }
    }

    onKey(ev) {
        if (ev.key === "ArrowDown") {
            const first = this.list?.querySelector("button");
            if (first) {
                ev.preventDefault();
                first.focus();
            }
        } else if (ev.key === "Escape") {
            this.close();
        }
    }

    /**
     * @param {string} words what to look for first
     * @param {string} [town] what to look for when nothing is found: the postal code may be the one that is wrong
     */
    async suggest(input, words, town) {
        const asked = ++this.asked;
        let names = await this.search(input, words);
        const isElsewhere = !names.length && Boolean(town);
        if (isElsewhere && asked === this.asked) {
            names = await this.search(input, town);
        }
        if (asked === this.asked) {
            this.protectSyncAfterAsync(() => this.show(input, names, isElsewhere))();
        }
    }

    async search(input, words) {
        if (words.length < 2) {
            return [];
        }
        let names = [];
        try {
            names = await this.waitFor(rpc(this.el.dataset.communesUrl, { words }, { silent: true }));
        } catch {
            names = []; // no network: the town is looked for when the form is sent
        }
        return input.dataset.zip ? names.filter((name) => !FORMER.test(name)) : names;
    }

    /** @param {boolean} isElsewhere whether none of these towns has the postal code that was typed */
    show(input, names, isElsewhere) {
        this.close();
        if (!names.length || (names.length === 1 && names[0] === input.value)) {
            return;
        }
        if (names.length === 1 && input.dataset.zip && !input.value) {
            this.choose(input, names[0]);
            return;
        }
        this.list = document.createElement("div");
        this.list.className = "o_urssaf_suggestions list-group mb-3";
        for (const name of names) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "list-group-item list-group-item-action";
            button.textContent = name;
            button.addEventListener("click", () => {
                this.choose(input, name, isElsewhere);
                this.close();
            });
            button.addEventListener("keydown", (ev) => this.onKeyInList(ev, input));
            this.list.append(button);
        }
        (input.closest(".o_urssaf_birth_commune, .row") || input.parentElement).after(this.list);
        this.el.querySelector(".o_urssaf_told").textContent =
            this.el.querySelector(".o_urssaf_found").textContent;
    }

    onKeyInList(ev, input) {
        const { nextElementSibling: next, previousElementSibling: previous } = ev.target;
        const to = { ArrowDown: next, ArrowUp: previous || input, Escape: input }[ev.key];
        if (to) {
            ev.preventDefault();
            to.focus();
            if (ev.key === "Escape") {
                this.close();
            }
        }
    }

    choose(input, name, isElsewhere) {
        const listed = input.dataset.zip && LISTED.exec(name);
        input.value = listed ? listed[1] : name;
        input.dispatchEvent(new Event("change", { bubbles: true }));
        if (listed) {
            const zip = this.el.querySelector(`#${input.dataset.zip}`);
            zip.value = isElsewhere ? listed[2] : zip.value || listed[2];
        }
    }

    close() {
        this.list?.remove();
        this.list = null;
        this.el.querySelector(".o_urssaf_told").textContent = "";
    }

    // -- signs --------------------------------------------------------------------------------------------------------

    /** A keyboard of digits has no slash. */
    onDate(ev) {
        const input = ev.target;
        if (!ev.inputType?.startsWith("delete")) {
            input.value = input.value
                .replace(/^(\d{2}|\d{2}\/\d{2})$/, "$1/")
                .replace(/^(\d{2}|\d{2}\/\d{2})(\d)$/, "$1/$2")
                .replace("//", "/");
        }
    }

    onIban(ev) {
        const iban = ev.target.value
            .replace(/[\s\p{Cf}\p{Pd}._/:·•]/gu, "")
            .toUpperCase()
            .replace(/^(CODE|N°)?IBAN(N°)?/, "");
        ev.target.value = iban.replace(/(.{4})(?=.)/g, "$1 ");
    }
}

registry
    .category("public.interactions")
    .add("l10n_fr_avance_immediate.household_form", HouseholdForm);
