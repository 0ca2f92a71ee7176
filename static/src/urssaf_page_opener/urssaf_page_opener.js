import { Component, useEffect, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// The screen and the record whose page was opened: whoever leaves the page for another one is not brought back.
let opened = "";

/** Who comes by an activity about the registration finds the page it speaks of, and not the first one. */
export class UrssafPageOpener extends Component {
    static template = "l10n_fr_avance_immediate.UrssafPageOpener";
    static props = { ...standardWidgetProps };

    setup() {
        this.root = useRef("root");
        this.action = useService("action");
        useEffect(
            () => {
                // The screen has its number when all of it is mounted.
                Promise.resolve().then(() => this.open());
            },
            () => [this.props.record.resId]
        );
    }

    open() {
        const { resId, data } = this.props.record;
        const screen = `${this.action.currentController?.jsId}/${resId}`;
        if (screen === opened || !this.root.el) {
            return;
        }
        opened = screen;
        if (resId && data.urssaf_has_activity) {
            this.root.el
                .closest(".o_form_view")
                .querySelector(".o_notebook_headers a[name='urssaf']")
                ?.click();
        }
    }
}

registry.category("view_widgets").add("urssaf_page_opener", {
    component: UrssafPageOpener,
    fieldDependencies: [{ name: "urssaf_has_activity", type: "boolean" }],
});
