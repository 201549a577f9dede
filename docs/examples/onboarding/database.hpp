// SPDX-License-Identifier: MIT
#pragma once

#include <pqxx/pqxx>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

/// One connection to the database that the environment names (`PGHOST`, `PGDATABASE`, …), made when it is needed.
/// Threads: one.
class database {
public:
    /// Runs `work(transaction)` and commits it. As long as there is no connection, or it breaks, and `patient()` says
    /// so, the whole is tried again: it must do no harm to run it twice, since a commit may have succeeded unheard
    /// (`in_doubt_error`). Throws at once what another try would not mend: a wrong statement, or a row that the table
    /// refuses.
    template <class Work>
    auto run(const std::function<bool()>& patient, Work work) {
        for (;;) {
            try {
                if (!connection_) connection_.emplace("connect_timeout=5");
                pqxx::work transaction{*connection_};
                auto result = work(transaction);
                transaction.commit();
                return result;
            } catch (const pqxx::failure& error) {
                connection_.reset();
                const auto* refusal = dynamic_cast<const pqxx::sql_error*>(&error);
                if ((refusal && is_final(refusal->sqlstate())) || !patient()) throw;
                std::this_thread::sleep_for(std::chrono::milliseconds{200});
            }
        }
    }

private:
    /// Classes of SQLSTATE (PostgreSQL, appendix A): data, constraint, syntax or access.
    static bool is_final(const std::string& state) {
        return state.rfind("22", 0) == 0 || state.rfind("23", 0) == 0 || state.rfind("42", 0) == 0;
    }

    std::optional<pqxx::connection> connection_;
};

/// A statement with parameters. libpqxx 7.10 (Debian 13) names it differently from 6.4 (Debian 12).
template <class... Values>
pqxx::result query(pqxx::work& transaction, const std::string& sql, const Values&... values) {
#if PQXX_VERSION_MAJOR * 100 + PQXX_VERSION_MINOR >= 710
    return transaction.exec(sql, pqxx::params{values...});
#else
    return transaction.exec_params(sql, values...);
#endif
}
