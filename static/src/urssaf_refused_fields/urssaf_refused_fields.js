import { goToField } from "@l10n_fr_avance_immediate/go_to_field";
import { Component, onMounted, onPatched, onWillUnmount, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const MARK = "o_urssaf_refused";

/** The fields that URSSAF has refused: marked on the form, and a click away. */
export class UrssafRefusedFields extends Component {
    static template = "l10n_fr_avance_immediate.UrssafRefusedFields";
    static props = { ...standardWidgetProps };

    setup() {
        this.root = useRef("root");
        onMounted(() => this.mark());
        onPatched(() => this.mark());
        onWillUnmount(() => this.unmark());
    }

    get refused() {
        const { record } = this.props;
        const names = (record.data.urssaf_refused_fields || "").split(",");
        return names
            .filter((name) => name in record.activeFields)
            .map((name) => ({ name, label: record.fields[name].string }));
    }

    get form() {
        return this.root.el?.closest(".o_form_view");
    }

    find(name) {
        return this.form?.querySelector(`.o_field_widget[name="${name}"]`);
    }

    /** The fields are not ours: what stands on them must not outlive the refusal. */
    unmark() {
        for (const element of this.form?.querySelectorAll(`.${MARK}`) || []) {
            element.classList.remove(MARK);
        }
    }

    mark() {
        this.unmark();
        for (const { name } of this.refused) {
            this.find(name)?.classList.add(MARK);
        }
    }

    focus(name) {
        goToField(this.form, name);
    }
}

registry.category("view_widgets").add("urssaf_refused_fields", {
    component: UrssafRefusedFields,
});
