// SPDX-License-Identifier: MIT
#include "table.hpp"

#include <lark/json.hpp>
#include <lark/open_platform/options.hpp>
#include <lark/secret.hpp>
#include <lark/text.hpp>

namespace {

using lark::registration::snapshot;
using std::chrono::system_clock;

std::string place(const std::string& id, const char* column) { return id + '/' + column; }

/// For `to_timestamp`, which counts seconds. Rounded up: a poll that is claimed is due.
std::string seconds(system_clock::time_point t) {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(t.time_since_epoch()).count();
    return std::to_string(count / 1000) + '.' + std::to_string(count % 1000 + 1000).substr(1);
}

/// The time of the next step: a poll, or after the last poll the expiry of the code.
system_clock::time_point next_step(const snapshot& s) {
    const auto view = s.view();
    return view.next_poll_at.value_or(view.expires_at);
}

/// A poll comes right after a claim, and may be followed by the end of the process. The rest of the lease, two
/// thirds if it is renewed at a third, must then be longer than the interval. $1 is the shortest lease in seconds.
const std::string lease = " greatest($1::int, 2 * poll_interval) * interval '1 second' ";

/// A lease that has run out. None could be renewed while the database was down: after its start they count for their
/// length.
const std::string is_over = " greatest(lease_until, pg_postmaster_start_time() +" + lease + ") < now() ";

}  // namespace

void table::insert(const std::string& id, const snapshot& s) {
    const auto sealed = seal_.close(s.text(), place(id, "snapshot"));
    database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "INSERT INTO registration (id, snapshot, poll_at, poll_interval) VALUES ($1, decode($2, 'hex'), "
                     "to_timestamp($3::float8), $4) ON CONFLICT (id) DO NOTHING",
                     id, sealed, seconds(next_step(s)), s.view().interval.count());
    });
}

std::optional<entry> table::find(const std::string& id) {
    const auto rows = database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "SELECT state, encode(snapshot, 'hex'), coalesce(app_id, ''), coalesce(failure, '') "
                     "FROM registration WHERE id = $1",
                     id);
    });
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    entry found{row[0].as<std::string>(), {}, row[2].as<std::string>(), row[3].as<std::string>()};
    if (!row[1].is_null())
        found.snapshot = snapshot::parse(seal_.open(row[1].as<std::string>(), place(id, "snapshot")));
    return found;
}

std::optional<claimed> table::next(const std::string& worker, std::chrono::seconds shortest) {
    const auto rows = database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "UPDATE registration SET worker = $2, fence = fence + 1, lease_until = now() +" + lease +
                         ", takeovers = takeovers + (lease_until IS NOT NULL)::int WHERE id = "
                         "(SELECT id FROM registration WHERE state = 'pending' AND poll_at <= now() AND "
                         "(lease_until IS NULL OR" +
                         is_over +
                         ") ORDER BY poll_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
                         "RETURNING id, fence, encode(snapshot, 'hex')",
                     shortest.count(), worker);
    });
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    const auto id = row[0].as<std::string>();
    return claimed{{id, row[1].as<std::int64_t>()},
                   snapshot::parse(seal_.open(row[2].as<std::string>(), place(id, "snapshot")))};
}

void table::renew(const claim& row, std::chrono::seconds shortest) {
    database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "UPDATE registration SET lease_until = now() +" + lease +
                         "WHERE id = $2 AND fence = $3 AND lease_until IS NOT NULL",
                     shortest.count(), row.id, row.fence);
    });
}

bool table::save(const claim& row, const snapshot& s, system_clock::time_point poll_at) {
    const auto sealed = seal_.close(s.text(), place(row.id, "snapshot"));
    const auto done = database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "UPDATE registration SET snapshot = decode($3, 'hex'), poll_at = to_timestamp($4::float8), "
                     "poll_interval = $5, worker = NULL, lease_until = NULL "
                     "WHERE id = $1 AND fence = $2 AND state = 'pending'",
                     row.id, row.fence, sealed, seconds(poll_at), s.view().interval.count());
    });
    return done.affected_rows() == 1;
}

bool table::fail(const claim& row, const std::string& why) {
    const auto done = database_.run(patient_, [&](pqxx::work& tx) {
        return query(tx,
                     "UPDATE registration SET state = 'failed', failure = $3, snapshot = NULL, worker = NULL, "
                     "lease_until = NULL WHERE id = $1 AND fence = $2 AND state = 'pending'",
                     row.id, row.fence, lark::printable(why));
    });
    return done.affected_rows() == 1;
}

bool table::store(const claim& row, const lark::registration::app& app) {
    const auto& json = lark::json::quote;
    const lark::secret credentials{"{\"client_id\":" + json(app.client_id) +
                                   ",\"client_secret\":" + json(app.client_secret.reveal()) +
                                   ",\"domain\":" + json(lark::open_platform::domain_of(app)) + "}"};
    const auto sealed = seal_.close(credentials, place(row.id, "credentials"));
    const auto always = [] { return true; };
    const auto done = database_.run(always, [&](pqxx::work& tx) {
        return query(tx,
                     "UPDATE registration SET state = 'done', credentials = decode($2, 'hex'), app_id = $3, "
                     "snapshot = NULL, failure = NULL, worker = NULL, lease_until = NULL "
                     "WHERE id = $1 AND state <> 'done'",
                     row.id, sealed, lark::printable(app.client_id));
    });
    return done.affected_rows() == 1;
}
