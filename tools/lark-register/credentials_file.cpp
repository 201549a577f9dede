// SPDX-License-Identifier: MIT
#include "credentials_file.hpp"

#include "../common/output.hpp"
#include "json_view.hpp"

#include <lark/text.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>  // renameat2
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace lark_register {

namespace {

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@").find(c) != std::string_view::npos;
}

/// A value for shells and for readers of `.env` files. Text of the service must not end the line, or run, or reach the
/// terminal of a reader as a command: control characters are written as `lark::printable` shows them.
std::string env_value(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
    std::string out = "\"";
    for (const char c : lark::printable(text)) {
        if (c == '"' || c == '\\' || c == '$' || c == '`') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string to_env(const lark::registration::app& app, std::string_view open_domain) {
    auto text = "APP_ID=" + env_value(app.client_id) + "\nAPP_SECRET=" + env_value(app.client_secret.reveal()) +
                "\nBASE_DOMAIN=" + env_value(open_domain) + "\n";
    if (app.user_info && app.user_info->open_id) text += "OPEN_ID=" + env_value(*app.user_info->open_id) + "\n";
    if (app.user_info && app.user_info->tenant_brand)
        text += "TENANT_BRAND=" + env_value(*app.user_info->tenant_brand) + "\n";
    return text;
}

std::string to_json(const lark::registration::app& app, std::string_view open_domain) {
    auto text = "{\n  \"client_id\": " + to_json_string(app.client_id) +
                ",\n  \"client_secret\": " + to_json_string(app.client_secret.reveal()) +
                ",\n  \"base_domain\": " + to_json_string(open_domain);
    if (app.user_info) {
        std::string members;
        if (app.user_info->open_id) members += "\"open_id\": " + to_json_string(*app.user_info->open_id);
        if (app.user_info->open_id && app.user_info->tenant_brand) members += ", ";
        if (app.user_info->tenant_brand) members += "\"tenant_brand\": " + to_json_string(*app.user_info->tenant_brand);
        text += ",\n  \"user_info\": {" + members + '}';
    }
    return text + "\n}\n";
}

/// The path with symbolic links at its end followed, to a file that may not exist yet. Throws `std::system_error`.
std::string follow_links(std::string path) {
    constexpr int most = 40;  // as Linux has it
    std::error_code error;
    for (int i = 0; i < most; ++i) {
        const auto target = std::filesystem::read_symlink(path, error);
        if (error) return path;  // not a link
        path = (std::filesystem::path(path).parent_path() / target).string();
    }
    throw std::system_error(ELOOP, std::generic_category());
}

}  // namespace

credentials_file::credentials_file(std::string path, bool force) : path_(std::move(path)), force_(force) {
    try {
        target_ = follow_links(path_);
    } catch (const std::system_error& e) {
        fail(e.code().value());
    }
    struct stat there {};
    if (::stat(target_.c_str(), &there) != 0) {
        if (errno != ENOENT) fail("");
        make_temporary(false);
        return;
    }
    if (S_ISDIR(there.st_mode)) fail(EISDIR);
    if (!force_) errno = EEXIST, fail("; --force replaces it");
    if (!S_ISREG(there.st_mode)) errno = EINVAL, fail("; it is not a regular file");
    if (::access(target_.c_str(), W_OK) != 0 && errno == EROFS) fail("");
    make_temporary(true);
    if (temporary_.empty()) return;
    // The owner first: a change of the owner clears bits of the mode.
    if (::fchown(descriptor_, there.st_uid, there.st_gid) == 0 && ::fchmod(descriptor_, there.st_mode & 07777) == 0)
        return;
    ::close(std::exchange(descriptor_, -1));
    ::unlink(std::exchange(temporary_, {}).c_str());
    open_in_place();
}

void credentials_file::make_temporary(bool replaces) {
    auto name = target_ + ".XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);  // with mode 0600
    if (descriptor_ >= 0) {
        temporary_ = std::move(name);
    } else if (replaces && (errno == EACCES || errno == EPERM || errno == EROFS)) {
        open_in_place();
    } else {
        fail("");
    }
}

void credentials_file::open_in_place() {
    descriptor_ = ::open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);  // its content stays until `write`
    if (descriptor_ < 0) fail("");
}

credentials_file::~credentials_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void credentials_file::write(const lark::registration::app& app, std::string_view open_domain) {
    const auto text = path_.ends_with(".json") ? to_json(app, open_domain) : to_env(app, open_domain);
    write_content(text);
    if (!temporary_.empty()) move_into_place(text);
}

void credentials_file::write_content(std::string_view text) {
    const int descriptor = std::exchange(descriptor_, -1);
    int error = 0;
    try {
        lark::tools::write_all(descriptor, text);
    } catch (const std::system_error& e) {
        error = e.code().value();
    }
    // In place, the rest of a longer file follows what was written.
    if (error == 0 && ::ftruncate(descriptor, static_cast<off_t>(text.size())) != 0) error = errno;
    if (error == 0 && ::fsync(descriptor) != 0) error = errno;
    if (::close(descriptor) != 0 && error == 0) error = errno;
    if (error != 0) fail(error);
}

void credentials_file::move_into_place(std::string_view text) {
    bool moved = false;
    if (force_) {
        moved = ::rename(temporary_.c_str(), target_.c_str()) == 0;
        if (!moved && errno == EBUSY) {  // a mounted file, as containers have
            open_in_place();
            write_content(text);
            return;  // the destructor removes the temporary file
        }
    } else {
        // Never over a file that was made since. Some file systems cannot do that in one step; most of these can link.
        moved = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0;
        if (!moved && (errno == EINVAL || errno == ENOSYS)) {
            if (::link(temporary_.c_str(), target_.c_str()) != 0) fail("");
            return;  // the destructor removes the other name
        }
    }
    if (!moved) fail("");
    temporary_.clear();
}

void credentials_file::fail(const char* what) const {
    throw std::system_error(errno, std::generic_category(), "cannot save to " + path_ + what);
}

void credentials_file::fail(int error) const {
    throw std::system_error(error, std::generic_category(), "cannot save to " + path_);
}

bool is_credentials_name(std::string_view path) noexcept { return path.ends_with(".env") || path.ends_with(".json"); }

}  // namespace lark_register
