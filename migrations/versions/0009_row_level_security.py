"""Row-level security: a transaction sees the rows of the tenant it names, a job those of all.

`protect_tenants()` brings every table with rows of tenants under it that is not yet, and grants the two roles what they
need there. It is run after each upgrade, so a later migration that adds a table need not think of it.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# With the setting away, or "" as it reads after a transaction that had it, there is no tenant and no row.
_TENANT = "nullif(current_setting(''app.tenant'', true), '''')"

# What the API may do where it may not do everything: the record of a call is the writer's, configuration the seed's.
_PROTECT = f"""
CREATE FUNCTION protect_tenants() RETURNS void LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    entry record;
    own text;
    api_may text;
    jobs_may text;
BEGIN
    FOR entry IN
        SELECT class.oid::regclass AS name, class.relname::text AS title,
               EXISTS (SELECT FROM pg_attribute attribute
                        WHERE attribute.attrelid = class.oid AND attribute.attname = 'tenant_id'
                          AND NOT attribute.attisdropped) AS of_tenant
          FROM pg_class class
         WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p')
    LOOP
        own := CASE
            WHEN entry.title = 'tenants' THEN 'id = {_TENANT}'
            WHEN entry.title = 'procrastinate_jobs' THEN '(args ->> ''tenant_id'') = {_TENANT}'
            WHEN entry.title = 'procrastinate_events' THEN
                'EXISTS (SELECT FROM procrastinate_jobs job WHERE job.id = job_id'
                ' AND (job.args ->> ''tenant_id'') = {_TENANT})'
            WHEN entry.of_tenant THEN 'tenant_id = {_TENANT}'
        END;
        api_may := CASE
            WHEN entry.title IN ('calls', 'call_legs', 'call_events', 'consent_events', 'transcript_segments',
                                 'tool_calls', 'recordings', 'effects', 'job_attempts', 'write_backs', 'transfers',
                                 'data_keys', 'tenants', 'trunks', 'numbers', 'agent_profiles', 'alembic_version',
                                 'call_purges', 'consent_clips', 'prompt_texts')
                THEN 'SELECT'
            WHEN entry.title = 'callbacks' THEN 'SELECT, UPDATE'
            WHEN entry.title IN ('procrastinate_events', 'audit_log', 'audit_details', 'audit_checkpoints',
                                 'retention_policies', 'outbound_decisions') THEN 'SELECT, INSERT'
            WHEN entry.title IN ('procrastinate_jobs', 'api_keys', 'legal_holds') THEN 'SELECT, INSERT, UPDATE'
            WHEN entry.title IN ('procrastinate_workers', 'procrastinate_periodic_defers') THEN NULL
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        jobs_may := CASE
            WHEN entry.title = 'alembic_version' THEN 'SELECT'
            WHEN entry.title IN ('audit_log', 'audit_checkpoints') THEN 'SELECT, INSERT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        IF own IS NOT NULL AND NOT EXISTS
            (SELECT FROM pg_class class WHERE class.oid = entry.name AND relrowsecurity AND relforcerowsecurity)
        THEN
            EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', entry.name);
        END IF;
        IF own IS NOT NULL AND NOT EXISTS
            (SELECT FROM pg_policy WHERE polrelid = entry.name AND polname = 'one_tenant')
        THEN
            EXECUTE format('CREATE POLICY one_tenant ON %s USING (%s) WITH CHECK (%s)', entry.name, own, own);
        END IF;
        IF own IS NOT NULL AND NOT EXISTS
            (SELECT FROM pg_policy WHERE polrelid = entry.name AND polname = 'every_tenant')
        THEN
            EXECUTE format(
                'CREATE POLICY every_tenant ON %s TO voiceagent_jobs USING (true) WITH CHECK (true)', entry.name);
        END IF;
        -- Once per table: what a later migration grants or takes away there stays
        IF NOT has_table_privilege('voiceagent_jobs', entry.name, 'SELECT') THEN
            EXECUTE format('GRANT %s ON %s TO voiceagent_jobs', jobs_may, entry.name);
            IF api_may IS NOT NULL THEN
                EXECUTE format('GRANT %s ON %s TO voiceagent_api', api_may, entry.name);
            END IF;
        END IF;
    END LOOP;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO voiceagent_api, voiceagent_jobs;
END $$
"""  # noqa: S608 - made of constants

_UNPROTECT = """
DO $$
DECLARE entry record;
BEGIN
    FOR entry IN SELECT DISTINCT polrelid::regclass AS name, polname FROM pg_policy LOOP
        EXECUTE format('DROP POLICY %I ON %s', entry.polname, entry.name);
    END LOOP;
    FOR entry IN SELECT oid::regclass AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relrowsecurity
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', entry.name);
    END LOOP;
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM voiceagent_api, voiceagent_jobs;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM voiceagent_api, voiceagent_jobs;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    # The roles belong to the server, not to this database: whoever runs migrations has made them (records.tenancy)
    op.execute(_PROTECT)
    op.execute("REVOKE ALL ON FUNCTION protect_tenants() FROM PUBLIC")
    op.execute("SELECT protect_tenants()")
    # A key is looked up before its tenant is known: whoever names its hash may see that row
    op.execute(
        "CREATE POLICY by_hash ON api_keys FOR SELECT"
        " USING (sha256 = nullif(current_setting('app.key_sha256', true), ''))"
    )
    # The API counts calls and jobs of all tenants for its metrics. The views run as the owner, for whom these two
    # policies are; they have no column that names a tenant, a person or what was said.
    op.execute("CREATE POLICY figures ON calls FOR SELECT TO CURRENT_USER USING (true)")
    op.execute("CREATE POLICY figures ON procrastinate_jobs FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(
        "CREATE VIEW call_figures AS SELECT call_id, transport, status, started_at, ended_at, result, reason,"
        " duration_ms, worker_losses, barge_ins, response_latencies_ms FROM calls"
    )
    op.execute(
        "CREATE VIEW job_figures AS SELECT status::text AS status, count(*) AS open FROM procrastinate_jobs"
        " WHERE status IN ('todo', 'doing', 'failed') AND args ->> 'tenant_id' IS NOT NULL GROUP BY 1"
    )
    op.execute("GRANT SELECT ON call_figures, job_figures TO voiceagent_api, voiceagent_jobs")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("DROP VIEW job_figures")
    op.execute("DROP VIEW call_figures")
    op.execute(_UNPROTECT)
    op.execute("DROP FUNCTION protect_tenants()")
