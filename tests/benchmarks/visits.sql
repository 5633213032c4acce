INSERT INTO appointment (patient_id, doctor_id, visit_type_id, appointment_type, status, follow_up_required, reference,
    during, blocked, time_zone, fee, overbooked, private, ical_uid, ical_sequence, version, video, seal_id, created_at,
    updated_at, call_patient, cancelled_late, at_desk)
SELECT n %% %(patients)s::int + 1, doctor, 2 * doctor - 1, 'consultation', status, false, lpad(n::text, 8, '0'),
    span, span, %(zone)s, 80, false, false, gen_random_uuid(), 0, 1, false, gen_random_uuid(),
    %(now)s::timestamptz - interval '30 days', %(now)s::timestamptz - interval '30 days', false, false, false
FROM planned, LATERAL (SELECT tstzrange(to_timestamp(start), to_timestamp(start + 60 * %(minutes)s::int))) AS of (span);
