-- Sign-ins on their way through the provider, when a token was last used, and lists of courses in pages.
set local lock_timeout = '4s';

create table sign_in_begun (
    state_hash bytea primary key,
    nonce text not null,
    code_verifier text not null,
    back_to text not null,
    ends_at timestamptz not null
);
create index sign_in_begun_end on sign_in_begun (ends_at);
create index sign_in_of_user on sign_in (user_id);

alter table api_token add column used_at timestamptz;

create index course_begun on course (started_on desc, course_id desc);
