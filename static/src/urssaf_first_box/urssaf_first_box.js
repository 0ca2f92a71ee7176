import { Component, onMounted, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Send & Print: Tab goes on from the first choice. Odoo starts at the recipient, after the boxes. */
export class UrssafFirstBox extends Component {
    static template = "l10n_fr_avance_immediate.UrssafFirstBox";
    static props = { ...standardWidgetProps };

    setup() {
        this.root = useRef("root");
        // Odoo chooses its field when all of the form is mounted: ours comes after.
        onMounted(() => requestAnimationFrame(() => this.focus()));
    }

    focus() {
        this.root.el
            ?.closest(".o_form_renderer")
            ?.querySelector("[name='extra_edi_checkboxes'] input#urssaf:not(:disabled)")
            ?.focus();
    }
}

registry.category("view_widgets").add("urssaf_first_box", { component: UrssafFirstBox });
