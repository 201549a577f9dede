#include "credentials_file.hpp"

#include "json_view.hpp"
#include "output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>  // renameat2
#include <cstdlib>
#include <utility>

namespace lark_register {

namespace {

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:@").find(c) != std::string_view::npos;
}

/// A value as shells and the readers of `.env` files take it. What the service sent must not end the line, or run.
std::string env_value(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\n' || c == '\r') {
            out += c == '\n' ? "\\n" : "\\r";
            continue;
        }
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

}  // namespace

credentials_file::credentials_file(std::string path, bool force) : path_(std::move(path)), force_(force) {
    struct stat there {};
    if (::lstat(path_.c_str(), &there) == 0) {
        if (S_ISDIR(there.st_mode)) errno = EISDIR, fail("");
        if (!force_) errno = EEXIST, fail("; --force replaces it");
    } else if (errno != ENOENT) {
        fail("");
    }
    auto name = path_ + ".XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);  // with mode 0600
    if (descriptor_ < 0) fail("");
    temporary_ = std::move(name);
}

credentials_file::~credentials_file() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void credentials_file::write(const lark::registration::app& app, std::string_view open_domain) {
    write_all(descriptor_, path_.ends_with(".json") ? to_json(app, open_domain) : to_env(app, open_domain));
    const int descriptor = std::exchange(descriptor_, -1);
    const bool kept = ::fsync(descriptor) == 0;
    const int error = errno;
    const bool closed = ::close(descriptor) == 0;
    if (!kept) errno = error;
    if (!kept || !closed) fail("");
    move_into_place();
}

void credentials_file::move_into_place() {
    bool moved = false;
    if (force_) {
        moved = ::rename(temporary_.c_str(), path_.c_str()) == 0;
    } else {
        // Not over a file that has come meanwhile. Some file systems cannot do that in one step; most of these can link.
        moved = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0;
        if (!moved && (errno == EINVAL || errno == ENOSYS)) {
            if (::link(temporary_.c_str(), path_.c_str()) != 0) fail("");
            return;  // the destructor takes the other name away
        }
    }
    if (!moved) fail("");
    temporary_.clear();
}

void credentials_file::fail(const char* what) const {
    throw std::system_error(errno, std::generic_category(), "cannot save to " + path_ + what);
}

bool is_credentials_name(std::string_view path) noexcept { return path.ends_with(".env") || path.ends_with(".json"); }

}  // namespace lark_register
