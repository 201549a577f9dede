#pragma once

#include <lark/registration/outcome.hpp>

#include <string>
#include <string_view>
#include <system_error>

namespace lark_register {

/// The file of `--save`: JSON if its name ends in `.json`, else lines for a shell or a `.env` reader. Readable by its owner
/// alone, and there in full or not at all.
///
/// Made before anything is registered, so that what cannot be written is known in time: the temporary file beside it holds
/// the place until `write`, and goes with the object if it never comes to that.
class credentials_file {
public:
    /// Throws `std::system_error` if the file exists and `force` is not set, or cannot be made.
    credentials_file(std::string path, bool force);
    credentials_file(const credentials_file&) = delete;
    credentials_file& operator=(const credentials_file&) = delete;
    ~credentials_file();

    /// Writes the file under its name. Throws `std::system_error`; then there is none. Once only.
    void write(const lark::registration::app& app, std::string_view open_domain);

private:
    [[noreturn]] void fail(const char* what) const;
    void move_into_place();

    std::string path_;
    bool force_;
    std::string temporary_;  // empty once it is in its place
    int descriptor_ = -1;
};

/// True if the name is one that `credentials_file` knows what to do with.
[[nodiscard]] bool is_credentials_name(std::string_view path) noexcept;

}  // namespace lark_register
