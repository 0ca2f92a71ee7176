-- Turn an installed database back into what version 19.0.1.0.0 made of it: run by psql in this folder, which holds the
-- list of what that version had (first_version.txt: model and name of each of its external identifiers).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN;
CREATE TEMP TABLE first_version (model text, name text);
\copy first_version FROM 'first_version.txt' WITH (DELIMITER ' ')

-- What came later goes: fields with their columns, models with their tables, constraints, views, menus, actions, rights.
DO $$
DECLARE
    later record;
    place record;
BEGIN
    FOR later IN
        SELECT data.id, data.model, data.res_id
          FROM ir_model_data data
         WHERE data.module = 'l10n_fr_avance_immediate'
           AND data.model IN (SELECT model FROM first_version)
           AND NOT EXISTS (SELECT 1 FROM first_version WHERE first_version.name = data.name)
           AND data.name NOT LIKE 'demo%'
         ORDER BY data.id DESC
    LOOP
        DELETE FROM ir_model_data WHERE id = later.id;
        -- Odoo's own models and fields are named again by everybody who extends them.
        CONTINUE WHEN EXISTS (SELECT 1 FROM ir_model_data WHERE model = later.model AND res_id = later.res_id);
        IF later.model = 'ir.model.fields' THEN
            FOR place IN SELECT replace(model, '.', '_') AS tab, name FROM ir_model_fields WHERE id = later.res_id LOOP
                EXECUTE format('ALTER TABLE IF EXISTS %I DROP COLUMN IF EXISTS %I CASCADE', place.tab, place.name);
            END LOOP;
        ELSIF later.model = 'ir.model' THEN
            FOR place IN SELECT replace(model, '.', '_') AS tab FROM ir_model WHERE id = later.res_id LOOP
                EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', place.tab);
            END LOOP;
        ELSIF later.model = 'ir.model.constraint' THEN
            FOR place IN
                SELECT c.name, replace(m.model, '.', '_') AS tab
                  FROM ir_model_constraint c JOIN ir_model m ON m.id = c.model WHERE c.id = later.res_id
            LOOP
                EXECUTE format('ALTER TABLE IF EXISTS %I DROP CONSTRAINT IF EXISTS %I', place.tab, place.name);
                EXECUTE format('DROP INDEX IF EXISTS %I', place.name);
            END LOOP;
        END IF;
        EXECUTE format('DELETE FROM %I WHERE id = $1',
                       replace(regexp_replace(later.model, '^ir.actions.(act_)?', 'ir_act_'), '.', '_')) USING later.res_id;
    END LOOP;
END $$;

-- It had no relation tables.
DO $$
DECLARE
    later record;
BEGIN
    FOR later IN
        SELECT r.id, r.name FROM ir_model_relation r JOIN ir_module_module m ON m.id = r.module
         WHERE m.name = 'l10n_fr_avance_immediate'
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', later.name);
        DELETE FROM ir_model_relation WHERE id = later.id;
    END LOOP;
END $$;

-- An exchange had one document, or none when a call was about several.
ALTER TABLE urssaf_exchange ADD COLUMN res_model varchar, ADD COLUMN res_id integer;
WITH fields AS (
    INSERT INTO ir_model_fields (
        name, model, model_id, ttype, state, field_description, copied, required, readonly, index, company_dependent,
        selectable, store)
    SELECT f.name, m.model, m.id, f.ttype, 'base', jsonb_build_object('en_US', f.label), true, false, true, false,
           false, true, true
      FROM (VALUES ('res_model', 'char', 'Res Model'), ('res_id', 'many2one_reference', 'Res')) AS f (name, ttype, label),
           ir_model m
     WHERE m.model = 'urssaf.exchange'
    RETURNING id, name
)
INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
SELECT 'l10n_fr_avance_immediate', 'field_urssaf_exchange__' || name, 'ir.model.fields', id, false FROM fields;
DELETE FROM ir_model_fields_selection WHERE field_id IN (
    SELECT id FROM ir_model_fields WHERE model = 'urssaf.exchange' AND name = 'environment');
UPDATE ir_model_fields SET ttype = 'char' WHERE model = 'urssaf.exchange' AND name = 'environment';

UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'l10n_fr_avance_immediate';
COMMIT;
