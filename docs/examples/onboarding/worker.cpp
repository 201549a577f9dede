// SPDX-License-Identifier: MIT
// Carries registrations on: `onboarding-worker THREADS LEASE [DOMAIN LARK_DOMAIN [CA_FILE]]`, the lease in seconds. Any
// number of them, on any machines. Each thread claims a row that is due, sends its one poll, and stores the result.
#include "../arguments.hpp"
#include "leases.hpp"
#include "table.hpp"
#include "waiting.hpp"

#include <lark/poco.hpp>

#include <Poco/Environment.h>
#include <Poco/Process.h>

#include <exception>
#include <iostream>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace {

using namespace lark::registration;

/// A line of the log. Of the id only the start: all of it is the address of a page with a link.
void log(const std::string& id, const char* what) { std::clog << id.substr(0, 8) + ": " + what + '\n'; }

class worker {
public:
    worker(const seal& s, leases& held, const options& opts, lark::poco::http_client& client, std::stop_token stop)
        : leases_(held), options_(opts), client_(client), table_(s, [stop] { return !stop.stop_requested(); }) {}

    /// Sends one poll that is due. False: none is.
    bool step() {
        const auto work = table_.next(name_, leases_.length());
        if (!work) return false;
        const leases::held lease{leases_, work->row};
        // No stop token: a poll that is cut off may be the one whose reply has the credentials.
        const auto result = lark::injected::poll_once(work->snapshot, options_, client_);
        std::visit([&](const auto& r) { store(*work, r); }, result);
        return true;
    }

private:
    void store(const claimed& work, const lark::still_pending& pending) {
        const auto view = pending.snapshot.view();
        save(work.row, pending.snapshot, view.next_poll_at.value_or(view.expires_at));
    }
    void store(const claimed& work, const lark::not_due& early) { save(work.row, work.snapshot, early.until); }
    void store(const claimed& work, const failure& f) {
        log(work.row.id, table_.fail(work.row, f.code + ": " + f.description) ? "failed" : too_late);
    }
    void store(const claimed& work, const app& a) { log(work.row.id, table_.store(work.row, a) ? "stored" : too_late); }

    void save(const claim& row, const snapshot& s, std::chrono::system_clock::time_point poll_at) {
        if (!table_.save(row, s, poll_at)) log(row.id, too_late);
    }

    static constexpr auto too_late = "claimed or ended since";

    const std::string name_ = Poco::Environment::nodeName() + ":" + std::to_string(Poco::Process::id());
    leases& leases_;
    const options& options_;
    lark::poco::http_client& client_;
    table table_;
};

void run(worker w, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        try {
            if (w.step()) continue;
        } catch (const std::exception& e) {
            std::clog << std::string{e.what()} + '\n';
        }
        pause(stop, std::chrono::milliseconds{250});
    }
}

}  // namespace

int main(int argc, char** argv) try {
    std::clog << std::unitbuf;
    const end_signals signals;
    const arguments args{argc - 2, argv + 2};
    const seal sealed;
    lark::poco::http_client client{{.ca_file = args.ca_file}};
    leases held{sealed, std::chrono::seconds{std::stoi(argv[2])}};
    std::vector<std::jthread> threads;
    for (int i = std::stoi(argv[1]); i > 0; --i)
        threads.emplace_back([&](const std::stop_token& stop) {
            run({sealed, held, args.options, client, stop}, stop);
        });
    signals.wait();
    for (auto& thread : threads) thread.request_stop();  // then each finishes the poll that it has in hand
    threads.clear();
} catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
}
