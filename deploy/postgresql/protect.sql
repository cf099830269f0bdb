-- After each migration, as catcamel_owner: what the application must not change.
\set ON_ERROR_STOP on
REVOKE UPDATE, DELETE, TRUNCATE ON clinic_auditevent, clinic_auditseal FROM catcamel_app;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM catcamel_app;
