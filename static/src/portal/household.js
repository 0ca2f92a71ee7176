import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { Interaction } from "@web/public/interaction";

/**
 * Comfort on the household's form: names of communes while typing, an IBAN in groups of four. All works without it.
 */
export class HouseholdForm extends Interaction {
    static selector = ".o_urssaf_form";
    dynamicContent = {
        "input[data-communes]": { "t-on-input": this.debounced(this.onWords, 250) },
        "#zip": { "t-on-input": this.debounced(this.onZip, 250) },
        "#iban": { "t-on-change": this.onIban },
    };

    async onWords(ev) {
        const input = ev.target;
        const zip = input.dataset.zip ? this.el.querySelector(`#${input.dataset.zip}`).value : "";
        await this.suggest(input, `${zip} ${input.value}`);
    }

    async onZip(ev) {
        const city = this.el.querySelector("#city");
        if (/^\d{5}$/.test(ev.target.value.trim())) {
            await this.suggest(city, ev.target.value);
        }
    }

    onIban(ev) {
        const iban = ev.target.value.replace(/\s/g, "").toUpperCase();
        ev.target.value = iban.replace(/(.{4})(?=.)/g, "$1 ");
    }

    async suggest(input, words) {
        const names =
            words.trim().length > 1
                ? await this.waitFor(rpc(this.el.dataset.communesUrl, { words }))
                : [];
        this.protectSyncAfterAsync(() => this.show(input, names))();
    }

    show(input, names) {
        const block = input.closest(".o_urssaf_birth_commune, .row") || input.parentElement;
        block.parentElement.querySelector(".o_urssaf_suggestions")?.remove();
        if (!names.length || (names.length === 1 && names[0] === input.value)) {
            return;
        }
        const list = document.createElement("div");
        list.className = "o_urssaf_suggestions list-group mb-3";
        for (const name of names) {
            const button = document.createElement("button");
            button.type = "button";
            button.className = "list-group-item list-group-item-action";
            button.textContent = name;
            button.addEventListener("click", () => {
                input.value = name;
                list.remove();
            });
            list.append(button);
        }
        block.after(list);
    }
}

registry
    .category("public.interactions")
    .add("l10n_fr_avance_immediate.household_form", HouseholdForm);
