// SPDX-License-Identifier: MIT
#include "trace_file.hpp"

#include "notation.hpp"
#include "output.hpp"

#include <lark/json.hpp>
#include <lark/version.hpp>

#include <Poco/Version.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace lark::tools {

namespace {

std::string poco_version() {
    const auto part = [](int shift) { return std::to_string(POCO_VERSION >> shift & 0xFF); };
    return part(24) + '.' + part(16) + '.' + part(8);
}

std::string system_text() {
    utsname names{};
    if (::uname(&names) != 0) return {};
    return std::string(names.sysname) + ' ' + names.release + ' ' + names.machine;
}

std::string options_text(const std::vector<shown_option>& options) {
    std::string text = "{";
    for (const auto& option : options) {
        if (text.size() > 1) text += ',';
        text += json::quote(option.name) + ':' + (option.value.empty() ? "true" : json::quote(option.value));
    }
    return text + '}';
}

/// The variables that change where requests go and what is trusted: their names, since a proxy's address may hold a
/// password.
std::string environment_text() {
    std::string text = "[";
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
                             "SSL_CERT_FILE", "SSL_CERT_DIR"}) {
        if (std::getenv(name) == nullptr) continue;
        if (text.size() > 1) text += ',';
        text += json::quote(name);
    }
    return text + ']';
}

}  // namespace

trace_file::trace_file(std::string path, std::string_view program, const std::vector<shown_option>& options,
                       std::function<void(std::string_view)> warn)
    : path_(std::move(path)), warn_(std::move(warn)) {
    constexpr mode_t owner_alone = 0600;
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, owner_alone);
    if (descriptor_ < 0) fail(errno);
    struct stat there {};
    const bool is_file = ::fstat(descriptor_, &there) == 0 && S_ISREG(there.st_mode);
    try {
        if (is_file && (there.st_mode & 07777) != owner_alone && ::fchmod(descriptor_, owner_alone) != 0) fail(errno);
        write(R"("v":1,"program":)" + json::quote(program) + R"(,"version":")" LARK_VERSION_STRING R"(","poco":")" +
              poco_version() + R"(","system":)" + json::quote(system_text()) + R"(,"environment":)" +
              environment_text() + R"(,"options":)" + options_text(options));
    } catch (const std::system_error&) {
        close();
        throw;
    }
}

trace_file::~trace_file() { close(); }

void trace_file::add(const registration::trace_event& event, registration::trace_side side) noexcept {
    if (descriptor_ < 0) return;
    try {
        const auto object = to_json(event, side);
        write(std::string_view(object).substr(1, object.size() - 2));
    } catch (const std::exception& e) {
        close();
        try {
            warn_(e.what());
        } catch (const std::exception&) {
            // Standard error has no reader any more.
        }
    }
}

void trace_file::add_exit(int status) noexcept {
    try {
        if (descriptor_ >= 0) write(R"("exit_status":)" + std::to_string(status));
    } catch (const std::exception&) {
        // The program has ended its work, and so has the report of it.
    }
}

void trace_file::close() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void trace_file::write(std::string_view members) {
    const auto line =
        R"({"time":")" + utc_text(std::chrono::system_clock::now()) + "\"," + std::string(members) + "}\n";
    try {
        write_all(descriptor_, line);
    } catch (const std::system_error& e) {
        fail(e.code().value());
    }
}

void trace_file::fail(int error) const {
    throw std::system_error(error, std::generic_category(), "cannot write the trace to " + path_);
}

}  // namespace lark::tools
