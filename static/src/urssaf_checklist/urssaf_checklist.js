import { goToField } from "@l10n_fr_avance_immediate/go_to_field";
import { Component, onMounted, onWillUnmount, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    done: "fa-check text-success",
    missing: "fa-circle-o text-secondary-emphasis",
    left: "fa-times text-danger",
    wrong: "fa-times text-danger",
    warning: "fa-exclamation-triangle text-warning",
};

const LABELS = {
    done: _t("done"),
    missing: _t("missing"),
    left: _t("left empty"),
    wrong: _t("to correct"),
    warning: _t("to check"),
};

/** What registering a household needs: each thing with its state, a click away from its field. */
export class UrssafChecklist extends Component {
    static template = "l10n_fr_avance_immediate.UrssafChecklist";
    static props = { ...standardFieldProps };

    setup() {
        this.root = useRef("root");
        this.left = useState({});
        const onLeave = (ev) => this.onLeave(ev);
        onMounted(() => {
            this.form = this.root.el.closest(".o_form_view");
            this.form.addEventListener("focusout", onLeave);
        });
        onWillUnmount(() => this.form.removeEventListener("focusout", onLeave));
    }

    /** What is still empty is no fault before somebody has been there, and left it so. */
    onLeave(ev) {
        const name = ev.target.closest(".o_field_widget")?.getAttribute("name");
        if (name) {
            this.left[`${this.props.record.resId}/${name}`] = true;
        }
    }

    isLeft(item) {
        return item.state === "missing" && this.left[`${this.props.record.resId}/${item.field}`];
    }

    get isRefused() {
        return this.props.record.data.urssaf_registration_stage === "to_fix";
    }

    get list() {
        return this.props.record.data[this.props.name] || { groups: [], done: 0, total: 0 };
    }

    get count() {
        return this.list.total - this.list.done;
    }

    get percentage() {
        return this.list.total ? Math.round((100 * this.list.done) / this.list.total) : 0;
    }

    shownState(item) {
        return this.isLeft(item) ? "left" : item.state;
    }

    icon(item) {
        return ICONS[this.shownState(item)];
    }

    /** What the icon says to who does not see it. */
    label(item) {
        return LABELS[this.shownState(item)];
    }

    /** A thing that is missing is named by its label alone; what is wrong needs words. */
    sentence(item) {
        return ["wrong", "warning"].includes(item.state) ? item.sentence : "";
    }

    isComplete(group) {
        return group.items.every((item) => ["done", "warning"].includes(item.state));
    }

    goTo(item) {
        goToField(this.form, item.field);
    }
}

export const urssafChecklist = {
    component: UrssafChecklist,
    displayName: _t("Checklist"),
    supportedTypes: ["json"],
    fieldDependencies: [{ name: "urssaf_registration_stage", type: "selection" }],
};

registry.category("fields").add("urssaf_checklist", urssafChecklist);
