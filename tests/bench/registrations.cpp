// SPDX-License-Identifier: MIT
// N registrations at once over the Poco registrar, against any server: the client of the many-at-once benchmark.
#include <lark/poco.hpp>

#include <Poco/JSONString.h>
#include <CLI/CLI.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace lark;

/// A connection a request takes a descriptor, and the usual soft limit of 1024 is for programs that use `select`. 0:
/// the most.
void set_descriptor_limit(rlim_t wanted) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = wanted == 0 ? limit.rlim_max : std::min(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

/// How all of them ended.
class tally {
public:
    explicit tally(std::size_t count) : left_(static_cast<std::ptrdiff_t>(count)) {}

    void add(const registration::outcome& result) {
        {
            const std::lock_guard lock{mutex_};
            if (const auto* app = std::get_if<registration::app>(&result)) {
                ++ok_;
                clients_.insert(app->client_id);
            } else {
                ++errors_[std::get<registration::failure>(result).code];
            }
        }
        left_.count_down();
    }
    void wait() { left_.wait(); }

    void print(std::size_t count) {
        rusage use{};
        getrusage(RUSAGE_SELF, &use);
        std::string errors;
        for (const auto& [code, n] : errors_)
            errors += (errors.empty() ? "" : ",") + Poco::toJSON(code) + ":" + std::to_string(n);
        std::printf(
            "{\"event\":\"result\",\"n\":%zu,\"ok\":%zu,\"distinct\":%zu,\"errors\":{%s},\"cpu_s\":%.3f,\"peak_rss_"
            "kb\":%ld}\n",
            count, ok_, clients_.size(), errors.c_str(), seconds(use.ru_utime) + seconds(use.ru_stime), use.ru_maxrss);
    }

private:
    std::mutex mutex_;
    std::latch left_;
    std::size_t ok_ = 0;
    std::set<std::string> clients_;
    std::map<std::string, std::size_t> errors_;
};

void run(const registration::options& opts, const poco::http_options& http, std::size_t count) {
    tally results{count};
    poco::registrar registrar{http};
    std::vector<injected::registration_handle> handles;
    handles.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
        handles.push_back(registrar.start(
            {.on_qr_code = [](const auto&) {}, .on_finished = [&results](const auto& result) { results.add(result); }},
            opts));
    results.wait();
    results.print(count);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App cli{"Registers many apps at once and says how it went and what it cost."};
    registration::options opts;
    poco::http_options http;
    std::size_t count = 1;
    rlim_t descriptors = 0;
    cli.add_option("--domain", opts.domain, "accounts service of Feishu")->required();
    cli.add_option("--lark-domain", opts.lark_domain, "accounts service of Lark")->required();
    cli.add_option("--cacert", http.ca_file, "PEM file with the certificates to trust")->required();
    cli.add_option("--count", count, "how many registrations")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    cli.add_option("--descriptors", descriptors, "as `ulimit -n`; 0: as many as there may be")->capture_default_str();
    CLI11_PARSE(cli, argc, argv);
    try {
        set_descriptor_limit(descriptors);
        std::puts("{\"event\":\"ready\"}");
        std::fflush(stdout);
        run(opts, http, count);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "registrations: %s\n", e.what());
        return 1;
    }
}
