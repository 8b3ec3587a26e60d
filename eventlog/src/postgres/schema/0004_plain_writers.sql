-- What a program writes that knows only the columns of postgres-es (position is not given) has to look like an event: one
-- stays for good, and one that nobody can read would hold every read model up for good. What is in it, the program has to
-- know; who has the right to write events could do worse. Before the trigger that gives it
-- its place: they go in the order of their names.

CREATE FUNCTION event_is_readable() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := NEW.metadata::jsonb;
BEGIN
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

CREATE TRIGGER events_are_readable BEFORE INSERT ON events
FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION event_is_readable();
