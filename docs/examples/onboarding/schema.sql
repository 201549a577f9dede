-- SPDX-License-Identifier: MIT
-- One row for each registration. Its secrets are sealed with a key that this database does not have.
CREATE TABLE registration (
    id            text PRIMARY KEY,               -- random: it is in the address of the user's page
    state         text NOT NULL DEFAULT 'pending',
    snapshot      bytea,                          -- sealed; there while the registration is pending
    poll_at       timestamptz NOT NULL,           -- when there is something to do
    poll_interval integer NOT NULL,               -- seconds
    worker        text,                           -- who has it in hand, for operators
    fence         bigint NOT NULL DEFAULT 0,      -- number of claims: an older one may not write progress
    lease_until   timestamptz,                    -- null: free
    takeovers     integer NOT NULL DEFAULT 0,     -- claims after a lease that had run out
    credentials   bytea,                          -- sealed: JSON
    app_id        text,                           -- for the page
    failure       text,
    CHECK (state IN ('pending', 'done', 'failed')),
    CHECK ((state = 'pending') = (snapshot IS NOT NULL)),
    CHECK ((state = 'done') = (credentials IS NOT NULL)),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK (state = 'pending' OR lease_until IS NULL)
);
CREATE INDEX registration_due ON registration (poll_at) WHERE state = 'pending';
