// SPDX-License-Identifier: MIT
#include "state_file.hpp"

#include "../common/output.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

namespace lark_register {

namespace {

constexpr std::size_t most_read = 1024 * 1024;  // more than any snapshot has

/// A temporary file beside `path`, with mode 0600. Removed by the destructor unless it has been renamed.
class temporary_file {
public:
    explicit temporary_file(const std::string& path) : name_(path + ".XXXXXX") {
        descriptor_ = ::mkostemp(name_.data(), O_CLOEXEC);
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        if (descriptor_ < 0) return;
        ::close(descriptor_);
        if (!renamed_) ::unlink(name_.c_str());
    }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] bool rename_to(const std::string& path) noexcept {
        renamed_ = ::rename(name_.c_str(), path.c_str()) == 0;
        return renamed_;
    }

private:
    std::string name_;
    int descriptor_;
    bool renamed_ = false;
};

}  // namespace

void state_file::fail(const char* what) const {
    throw std::system_error(errno, std::generic_category(), what + (" " + path_));
}

void state_file::probe_new() const {
    struct stat there {};
    if (::lstat(path_.c_str(), &there) == 0)
        throw std::system_error(EEXIST, std::generic_category(),
                                "cannot save to " + path_ + "; --resume carries on with it");
    if (temporary_file{path_}.descriptor() < 0) fail("cannot save to");
}

lark::registration::snapshot state_file::read() const {
    const int descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail("cannot read");
    std::string text;
    std::array<char, 4096> part{};
    ssize_t count = 0;
    while (text.size() < most_read) {
        count = ::read(descriptor, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    const int error = errno;
    ::close(descriptor);
    if (count < 0) errno = error, fail("cannot read");
    try {
        return lark::registration::snapshot::parse(lark::secret{std::move(text)});
    } catch (const lark::registration::snapshot_error& e) {
        throw lark::registration::snapshot_error{e.why(), path_ + ": " + e.what()};
    }
}

void state_file::write(const lark::registration::snapshot& saved) const {
    temporary_file beside{path_};
    if (beside.descriptor() < 0) fail("cannot save to");
    try {
        lark::tools::write_all(beside.descriptor(), saved.text().reveal());
        lark::tools::write_all(beside.descriptor(), "\n");
    } catch (const std::system_error& e) {
        throw std::system_error(e.code(), "cannot save to " + path_);
    }
    if (::fsync(beside.descriptor()) != 0 || !beside.rename_to(path_)) fail("cannot save to");
}

void state_file::remove() const noexcept { ::unlink(path_.c_str()); }

}  // namespace lark_register
