// SPDX-License-Identifier: MIT
#pragma once

#include "database.hpp"
#include "sealed.hpp"

#include <lark/registration/outcome.hpp>
#include <lark/registration/snapshot.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

/// A row that a worker has in hand.
struct claim {
    std::string id;
    std::int64_t fence;  ///< of this claim; the next one has a greater one
};

struct claimed {
    claim row;
    lark::registration::snapshot snapshot;
};

/// The fields of the user's page.
struct entry {
    std::string state;
    std::optional<lark::registration::snapshot> snapshot;  ///< of a pending one
    std::string app_id;
    std::string failure;
};

/// The statements on the table `registration` (schema.sql). Threads: one. Throws what `database::run` throws.
class table {
public:
    using patience = std::function<bool()>;  ///< whether to go on trying without a database

    explicit table(const seal& s, patience p) : seal_(s), patient_(std::move(p)) {}

    void insert(const std::string& id, const lark::registration::snapshot& snapshot);
    [[nodiscard]] std::optional<entry> find(const std::string& id);

    /// One that is due and free, or whose lease has run out. Throws `std::runtime_error` if its snapshot does not open;
    /// the row is then claimed, and so left alone for the length of a lease.
    [[nodiscard]] std::optional<claimed> next(const std::string& worker, std::chrono::seconds shortest);

    /// Longer leases for what is in hand.
    void renew(const claim& row, std::chrono::seconds shortest);

    /// These two change nothing, and return false, if another worker has claimed the row since.
    bool save(const claim& row, const lark::registration::snapshot& snapshot,
              std::chrono::system_clock::time_point poll_at);
    bool fail(const claim& row, const std::string& why);

    /// Credentials come once. So they are stored whichever worker has the row by now, and even over a failure, which
    /// the next worker may have got because they had been handed out; and for as long as it takes, whatever `patience`
    /// says. False: they were there.
    bool store(const claim& row, const lark::registration::app& app);

private:
    const seal& seal_;
    patience patient_;
    database database_;
};
