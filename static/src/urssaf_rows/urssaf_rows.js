import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { ListRenderer } from "@web/views/list/list_renderer";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/**
 * Rows that nobody may add have nothing that Tab stops at. Here it stops at each row; Enter edits it, arrows go through
 * its cells, as in all lists of Odoo.
 */
export class UrssafRowsRenderer extends ListRenderer {
    setup() {
        super.setup();
        useEffect(() => this.makeReachable());
    }

    makeReachable() {
        for (const row of this.tableRef.el?.querySelectorAll("tr.o_data_row") || []) {
            const cell = row.querySelector("td.o_data_cell");
            if (cell) {
                // In the row that is edited the fields themselves are stopped at.
                cell.tabIndex = row.classList.contains("o_selected_row") ? -1 : 0;
            }
            // A button that is a picture alone has a tooltip, and no name.
            for (const button of row.querySelectorAll("button[data-tooltip]")) {
                button.setAttribute("aria-label", button.dataset.tooltip);
            }
        }
    }
}

export class UrssafRowsField extends X2ManyField {
    static components = { ...X2ManyField.components, ListRenderer: UrssafRowsRenderer };
}

export const urssafRowsField = { ...x2ManyField, component: UrssafRowsField };

registry.category("fields").add("urssaf_rows", urssafRowsField);
