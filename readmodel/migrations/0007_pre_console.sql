-- What the console and the API keep of their own: who is signed in, who looked at whom, views, tokens, answers.
set local lock_timeout = '4s';

create table sign_in (
    token_hash bytea primary key,
    user_id text not null,
    csrf text not null,
    signed_in_at timestamptz not null,
    seen_at timestamptz not null,
    ends_at timestamptz not null
);
create index sign_in_end on sign_in (ends_at);

create table look (
    look_id bigint generated always as identity primary key,
    user_id text not null,
    course_id text not null,
    what text not null,
    at timestamptz not null
);
create index look_of_course on look (course_id, at);
create index look_of_user on look (user_id, at);
create trigger look_is_append_only before update or delete on look
    for each row execute function refuse_change();

create table saved_view (
    view_id bigint generated always as identity primary key,
    owner text not null,
    name text not null,
    query text not null,
    shared boolean not null default false,
    saved_at timestamptz not null,
    unique (owner, name)
);

create table api_token (
    token_hash bytea primary key,
    name text not null unique,
    user_id text not null,
    made_by text not null,
    made_at timestamptz not null,
    ends_at timestamptz,
    revoked_at timestamptz
);

create table api_answer (
    user_id text not null,
    idempotency_key text not null,
    request_hash bytea not null,
    status integer,
    body jsonb,
    at timestamptz not null,
    primary key (user_id, idempotency_key)
);
create index api_answer_age on api_answer (at);
