import { Component, onMounted, useExternalListener, useRef } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const PATIENCE = 120000; // milliseconds: longer than a registration takes
// The click whose answer is awaited: the form is made anew when it comes, and remembers nothing itself.
let asked = { resId: false, at: 0 };

/** After a registration was asked for at the foot of a long page: the eye, and the screen reader, go to the answer. */
export class UrssafStatus extends Component {
    static template = "l10n_fr_avance_immediate.UrssafStatus";
    static props = { ...standardWidgetProps };
    static asking =
        "button[name='action_urssaf_register'], button[name='action_try'], button[name='action_urssaf_refresh']";

    setup() {
        this.root = useRef("root");
        useExternalListener(window, "click", (ev) => this.onClick(ev), { capture: true });
        onMounted(() => this.show());
    }

    onClick(ev) {
        const form = this.root.el?.closest(".o_form_view");
        if (form?.contains(ev.target) && ev.target.closest(this.constructor.asking)) {
            asked = { resId: this.props.record.resId, at: Date.now() };
        }
    }

    show() {
        const { resId } = this.props.record;
        if (!resId || asked.resId !== resId || Date.now() - asked.at > PATIENCE) {
            return;
        }
        asked = { resId: false, at: 0 };
        const status = this.root.el.closest("[name='urssaf_status']");
        // Odoo puts the page back where it was when all of it is mounted: ours comes after.
        requestAnimationFrame(() => {
            status.setAttribute("tabindex", "-1");
            status.style.outline = "none"; // nothing can be done with it: a frame would look like a field
            status.scrollIntoView({ block: "center" });
            status.focus({ preventScroll: true });
        });
    }
}

registry.category("view_widgets").add("urssaf_status", { component: UrssafStatus });
