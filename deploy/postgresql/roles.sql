-- Two roles: the owner migrates, the application reads and writes rows and can
-- change neither tables nor the audit trail. As superuser, once:
--   psql -v owner_password="$OWNER" -v app_password="$APP" -f deploy/postgresql/roles.sql
\set ON_ERROR_STOP on
CREATE ROLE catcamel_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE catcamel_app LOGIN PASSWORD :'app_password';
CREATE DATABASE catcamel OWNER catcamel_owner ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE catcamel FROM PUBLIC;
GRANT CONNECT ON DATABASE catcamel TO catcamel_app;
-- Nothing waits for ever, and no forgotten transaction keeps old rows alive.
ALTER ROLE catcamel_app SET statement_timeout = '30s';
ALTER ROLE catcamel_app SET lock_timeout = '5s';
ALTER ROLE catcamel_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE catcamel_owner SET lock_timeout = '5s';
\connect catcamel
ALTER SCHEMA public OWNER TO catcamel_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO catcamel_app;
ALTER DEFAULT PRIVILEGES FOR ROLE catcamel_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO catcamel_app;
ALTER DEFAULT PRIVILEGES FOR ROLE catcamel_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO catcamel_app;
