import { useEffect, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { CharField, charField } from "@web/views/fields/char/char_field";

/** A text of which URSSAF takes so many characters and no more: how many there are is said while typing. */
export class UrssafCounterField extends CharField {
    static template = "l10n_fr_avance_immediate.UrssafCounterField";
    static props = { ...CharField.props, limit: Number };

    setup() {
        super.setup();
        this.state = useState({ length: this.formattedValue.length });
        // After each update, also by the form: what stands in the field counts.
        useEffect(() => this.count());
    }

    count() {
        const text = this.input.el ? this.input.el.value : this.formattedValue;
        this.state.length = text.trim().length;
    }

    get isTooLong() {
        return this.state.length > this.props.limit;
    }
}

export const urssafCounterField = {
    ...charField,
    component: UrssafCounterField,
    displayName: _t("Text with its limit"),
    supportedOptions: [{ label: _t("Characters"), name: "limit", type: "number" }],
    supportedTypes: ["char"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...charField.extractProps(fieldInfo, dynamicInfo),
        limit: fieldInfo.options.limit,
    }),
};

registry.category("fields").add("urssaf_counter", urssafCounterField);
