/**
 * Scroll to a field of a form and put the cursor there: to the one that is shown, where the form has several of that name.
 *
 * @param {HTMLElement} form
 * @param {string} name
 */
export function goToField(form, name) {
    const fields = [...form.querySelectorAll(`.o_field_widget[name="${name}"]`)];
    const field = fields.find((element) => element.offsetParent);
    field?.scrollIntoView({ block: "center", behavior: "smooth" });
    field?.querySelector("input, select, textarea, button")?.focus({ preventScroll: true });
}
