// SPDX-License-Identifier: MIT
#pragma once

namespace lark::registration {

/// The two brands of the product (protocol.md, section 1). Each has an accounts host and an open host of its own.
enum class brand {
    feishu,  ///< `https://accounts.feishu.cn`, `https://open.feishu.cn`
    lark,    ///< `https://accounts.larksuite.com`, `https://open.larksuite.com`
};

}  // namespace lark::registration
