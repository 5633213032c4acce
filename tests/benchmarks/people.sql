INSERT INTO specialization (name, created_at)
SELECT 'Field ' || n, %(now)s::timestamptz FROM generate_series(1, %(specializations)s::int) n;

INSERT INTO custom_user (username, email, first_name, last_name, user_type, is_active, is_staff, date_of_birth,
    created_at, updated_at)
SELECT 'doctor' || n, 'doctor' || n || '@test.example', 'Robin' || n %% 97, 'Number' || n, 'doctor', true, false,
    DATE '1980-01-01', %(now)s, %(now)s
FROM generate_series(1, %(doctors)s::int) n;

INSERT INTO doctor (user_id, specialization_id, license_number, years_of_experience, consultation_fee, status,
    is_available, clinic_id, languages, accepts_new_patients, video_visits, next_free_at, created_at, updated_at)
SELECT n, n %% %(specializations)s::int + 1, 'L' || n, n %% 40, 80, 'approved', true, 1,
    CASE n %% 5 WHEN 0 THEN ARRAY['English', 'Polish'] WHEN 1 THEN ARRAY['English', 'Urdu'] ELSE ARRAY['English'] END,
    n %% 7 <> 0, n %% 3 = 0, %(now)s, %(now)s, %(now)s
FROM generate_series(1, %(doctors)s::int) n;

INSERT INTO visit_type (doctor_id, appointment_type, name, minutes, buffer_before, buffer_after, fee, bookable_online,
    new_patients, position)
SELECT n, kind, name, minutes, 0, 0, 80, true, true, place
FROM generate_series(1, %(doctors)s::int) n,
    (VALUES ('consultation', 'New problem', 30, 0), ('follow_up', 'Follow-up', 30, 1)) AS kinds (kind, name, minutes, place)
ORDER BY n, place;

INSERT INTO doctor_availability (doctor_id, day_of_week, start_time, end_time, is_available, created_at, every_weeks)
SELECT n, (ARRAY['monday', 'tuesday', 'wednesday', 'thursday', 'friday'])[day + 1],
    CASE n %% 2 WHEN 1 THEN TIME '09:00' ELSE TIME '13:00' END, CASE n %% 2 WHEN 1 THEN TIME '13:00' ELSE TIME '17:00' END,
    true, %(now)s, 1
FROM generate_series(1, %(doctors)s::int) n, generate_series(0, 4) day WHERE day <> n %% 5;

INSERT INTO availability_override (doctor_id, on_date, start_time, end_time, created_at)
SELECT n, (%(now)s::timestamptz)::date + 20 + n %% 37, NULL::time, NULL::time, %(now)s
FROM generate_series(1, %(doctors)s::int) n
UNION ALL
SELECT n, (%(now)s::timestamptz)::date + 21 + n %% 31, TIME '08:00', TIME '12:00', %(now)s
FROM generate_series(1, %(doctors)s::int) n;

INSERT INTO time_off (clinic_id, doctor_id, during, created_at)
SELECT 1, n, tstzrange(%(now)s::timestamptz + days * interval '1 day', %(now)s::timestamptz + (days + 1) * interval '1 day'),
    %(now)s
FROM generate_series(1, %(doctors)s::int) n, LATERAL (VALUES (25 + n %% 30), (-10 - n %% 300)) AS off (days);

INSERT INTO time_off (clinic_id, during, created_at)
SELECT 1, tstzrange(%(now)s::timestamptz + days * interval '1 day', %(now)s::timestamptz + (days + 1) * interval '1 day'),
    %(now)s
FROM generate_series(-300, 300, 60) days WHERE days <> 0;

INSERT INTO custom_user (username, email, first_name, last_name, user_type, is_active, is_staff, date_of_birth,
    created_at, updated_at)
SELECT 'patient' || n, 'patient' || n || '@test.example', 'Kim' || n %% 89, 'Number' || n, 'patient', true, false,
    DATE '1990-05-12', %(now)s, %(now)s
FROM generate_series(1, %(patients)s::int) n;

INSERT INTO patient (user_id, seal_id, created_at, updated_at)
SELECT %(doctors)s::int + n, gen_random_uuid(), %(now)s, %(now)s FROM generate_series(1, %(patients)s::int) n;
