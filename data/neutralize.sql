-- A copied database calls nobody: no environment, no credentials, no tokens, our crons off.
-- Nothing is switched to the simulator: who wants that chooses it.
UPDATE res_company
   SET urssaf_environment = NULL, urssaf_client_id = NULL, urssaf_client_secret = NULL;
DELETE FROM urssaf_token;
DELETE FROM urssaf_connection;
UPDATE ir_cron
   SET active = FALSE
 WHERE id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE module = 'l10n_fr_avance_immediate'
          AND model = 'ir.cron'
     );
