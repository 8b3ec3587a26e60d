-- The events that there are, with LicenseKeyShown. Otherwise as 0005_known_events.sql has it.

CREATE OR REPLACE FUNCTION event_is_readable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := NEW.metadata::jsonb;
BEGIN
    IF NEW.event_version <> '1' OR NEW.aggregate_type || ' ' || NEW.event_type <> ALL (ARRAY[
        'license LicenseCreated', 'license LicenseRenamed', 'license LicensePlanChanged',
        'license SeatLimitChanged', 'license LicenseTermChanged', 'license LicenseAdminGranted',
        'license LicenseAdminRevoked', 'license DomainAdminGranted', 'license DomainAdminRevoked',
        'license LicenseStaffGranted', 'license LicenseStaffRevoked', 'license LicenseKeyIssued',
        'license LicenseKeyEndChanged', 'license LicenseKeyShown', 'license LicenseKeyRevoked',
        'membership UserAdded', 'membership UserInvited', 'membership InviteNotificationClosed',
        'membership InviteNotificationReopened', 'membership InviteAccepted', 'membership InviteDeclined',
        'membership JoinedWithLicenseKey', 'membership InviteWithdrawn', 'membership UserRemoved',
        'membership UserLeft', 'membership UserErased', 'membership AdmissionRefused',
        'import ImportStarted', 'import ImportChunkApplied', 'import ImportCompleted',
        'import ImportCancelled', 'import ImportFailed',
        'installation InstallationRoleGranted', 'installation InstallationRoleRevoked',
        'subject SubjectErased',
        'reading PeopleRead', 'reading PeopleReadAgain'
    ]) THEN
        RAISE EXCEPTION 'there is no version % of an event % of a %', NEW.event_version, NEW.event_type, NEW.aggregate_type
            USING ERRCODE = 'check_violation',
                  HINT = 'Write one of those that docs/events.md lists: each has version 1 so far.';
    END IF;
    IF json_typeof(NEW.payload) <> 'object'
        OR (SELECT array_agg(name) FROM json_object_keys(NEW.payload) AS name) IS DISTINCT FROM ARRAY[NEW.event_type::text]
    THEN
        RAISE EXCEPTION 'the payload is no %', NEW.event_type
            USING ERRCODE = 'check_violation',
                  HINT = 'Write it as {"EVENT_TYPE":{...}}, as docs/events.md lists it.';
    END IF;
    -- The framework's own execute() says nothing of who acts: then it is whoever may write to the database.
    IF jsonb_typeof(said) = 'object' AND NOT said ?| ARRAY['actor', 'request_id', 'role', 'source'] THEN
        said := said || jsonb_build_object('actor', '00000000-0000-0000-0000-000000000000',
            'request_id', gen_random_uuid(), 'role', 'operator', 'source', 'api');
        NEW.metadata := said::json;
    ELSIF jsonb_typeof(said) <> 'object' OR NOT said ?& ARRAY['actor', 'request_id', 'role', 'source'] THEN
        RAISE EXCEPTION 'the metadata does not say who acted'
            USING ERRCODE = 'check_violation',
                  HINT = 'Give actor, request_id, role and source, or none of them: then it is the operator.';
    ELSE
        -- An error where they are no ids.
        PERFORM (said ->> 'actor')::uuid, (said ->> 'request_id')::uuid;
    END IF;
    RETURN NEW;
END $$;
