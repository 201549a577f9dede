// SPDX-License-Identifier: MIT
#include "qr_file.hpp"

#include "../common/output.hpp"

#include <lark/qr.hpp>

#include <png.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace lark_register {

namespace {

std::string to_png(const lark::qr::code& code) {
    constexpr int zone = 4;
    constexpr int scale = 8;
    const int side = (code.modules() + 2 * zone) * scale;
    std::vector<unsigned char> pixels;
    pixels.reserve(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    for (int y = 0; y < side; ++y)
        for (int x = 0; x < side; ++x) pixels.push_back(code.dark(y / scale - zone, x / scale - zone) ? 0 : 255);

    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(side);
    image.height = static_cast<png_uint_32>(side);
    image.format = PNG_FORMAT_GRAY;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::string png(size, '\0');
    if (png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
        throw std::runtime_error(std::string("cannot make the PNG: ") + image.message);
    png.resize(size);
    return png;
}

[[noreturn]] void fail(const std::string& path, int error) {
    throw std::runtime_error("cannot write " + path + ": " + std::strerror(error));
}

void check_regular(const std::string& path, const struct stat& there) {
    if (!S_ISREG(there.st_mode)) throw std::runtime_error("cannot write " + path + ": it is not a regular file");
}

}  // namespace

void write_qr_file(const std::string& path, const std::string& url) {
    const lark::qr::code code{url};
    const auto picture = path.ends_with(".png") ? to_png(code) : to_svg(code);
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) check_regular(path, there);
    // Without O_TRUNC and without waiting: it may have become another file since.
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) fail(path, errno);
    int error = 0;
    if (::fstat(file, &there) != 0) error = errno;
    else if (!S_ISREG(there.st_mode)) error = EINVAL;
    // A reader of the picture can approve the request, so it is for its owner alone; that holds for an older file, too.
    if (error == 0 && ::fchmod(file, S_IRUSR | S_IWUSR) != 0) error = errno;
    if (error == 0 && ::ftruncate(file, 0) != 0) error = errno;
    try {
        if (error == 0) lark::tools::write_all(file, picture);
    } catch (const std::system_error& e) {
        error = e.code().value();
    }
    if (::close(file) != 0 && error == 0) error = errno;
    if (error != 0) fail(path, error);
}

void probe_qr_file(const std::string& path) {
    struct stat there {};
    if (::stat(path.c_str(), &there) == 0) {
        if (S_ISDIR(there.st_mode)) fail(path, EISDIR);
        if (::access(path.c_str(), W_OK) != 0) fail(path, errno);  // not opened: a pipe would wait for its reader
        return;
    }
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0 && errno == EEXIST) return;  // a link to a file that is to come
    if (file < 0) fail(path, errno);
    ::close(file);
    ::unlink(path.c_str());
}

}  // namespace lark_register
