import { WarningDialog } from "@web/core/errors/error_dialogs";
import { registry } from "@web/core/registry";

/** What URSSAF has refused is no "Invalid Operation". */
export class UrssafRefusalDialog extends WarningDialog {
    inferTitle() {
        return "Avance immédiate";
    }
}

registry
    .category("error_dialogs")
    .add(
        "odoo.addons.l10n_fr_avance_immediate.tools.refusal.RequestRefused",
        UrssafRefusalDialog
    );
