import { registry } from "@web/core/registry";

const fill = (name, text) => ({
    content: `fill in ${name}`,
    trigger: `.o_urssaf_form #${name}`,
    run: `edit ${text}`,
});

const goOn = (next) => [
    {
        content: "go on",
        trigger: ".o_urssaf_form button[type='submit']",
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: `now ${next}`,
        trigger: next,
    },
];

// A finger needs room, and nothing may be wider than the screen.
const fits = {
    content: "the page fits a phone",
    trigger: ".o_urssaf_household",
    run() {
        if (document.documentElement.scrollWidth > window.innerWidth) {
            throw new Error(`${document.documentElement.scrollWidth} pixels wide`);
        }
        const touched = ".form-control, .form-select, .btn, .list-group-item, .o_urssaf_change";
        for (const target of document.querySelectorAll(`.o_urssaf_household :is(${touched})`)) {
            if (target.offsetHeight < 44) {
                throw new Error(`${target.name || target.textContent}: ${target.offsetHeight} pixels high`);
            }
        }
    },
};

registry.category("web_tour.tours").add("urssaf_household", {
    steps: () => [
        fits,
        {
            content: "Mrs",
            trigger: "label[for='civility_2']",
            run: "click",
        },
        fill("birth_name", "Exemple"),
        fill("first_names", "Jeanne Mari3"),
        {
            content: "the birth date, digit by digit: a keyboard of digits has no slash",
            trigger: ".o_urssaf_form #birth_date[inputmode='numeric']",
            run() {
                for (const data of "17051984") {
                    this.anchor.value += data;
                    this.anchor.dispatchEvent(
                        new InputEvent("input", { bubbles: true, inputType: "insertText", data })
                    );
                }
                if (this.anchor.value !== "17/05/1984") {
                    throw new Error(this.anchor.value);
                }
            },
        },
        fill("birth_commune", "tours"),
        {
            content: "choose the town among the suggestions",
            trigger: ".o_urssaf_suggestions button:contains('Tours (37000)')",
            run: "click",
        },
        ...goOn("#first_names.is-invalid"),
        {
            content: "the sentence stands under the field, the values are kept",
            trigger: "#first_names_note.invalid-feedback",
            run() {
                if (document.activeElement.id !== "first_names") {
                    throw new Error("the first field to correct has not the focus");
                }
                if (document.querySelector("#birth_commune").value !== "Tours (37000)") {
                    throw new Error("the town is lost");
                }
            },
        },
        fill("first_names", "Jeanne Marie"),
        ...goOn("[data-step='2']"),
        fits,
        fill("street", "12 bis rue des Exemples"),
        fill("zip", "37000"),
        {
            content: "the only town of the postal code comes by itself",
            trigger: "#city:value(Tours)",
        },
        fill("zip", "35000"),
        fill("city", "Tours"),
        {
            content: "a town of another postal code is proposed all the same, and brings its own",
            trigger: ".o_urssaf_suggestions button:contains('Tours (37')",
            run: "click",
        },
        {
            content: "both go together again",
            trigger: "#city:value(Tours)",
            run() {
                const zip = document.querySelector("#zip");
                if (!zip.value.startsWith("37")) {
                    throw new Error(zip.value);
                }
                zip.value = "37000";
            },
        },
        fill("mobile", "06 39 98 00 07"),
        ...goOn("[data-step='3']"),
        fits,
        {
            content: "what was entered is summed up",
            trigger: ".o_urssaf_summary:contains('12 bis rue des Exemples')",
        },
        fill("iban", "fr7630006000011234567890189"),
        fill("bic", "TESTFRPPXXX"),
        {
            content: "the account is in groups of four, the holder is proposed",
            trigger: "#holder:value(Mme Exemple Jeanne)",
            run() {
                if (document.querySelector("#iban").value !== "FR76 3000 6000 0112 3456 7890 189") {
                    throw new Error("the IBAN is not in groups");
                }
            },
        },
        {
            content: "agree",
            trigger: "#consent",
            run: "check",
        },
        ...goOn(".o_urssaf_state[data-state='draft'] .o_urssaf_next"),
        fits,
    ],
});
