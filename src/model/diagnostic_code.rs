//! The permanent codes of diagnostics, `stage.kind`. docs/diagnostics.md says for users what each
//! means. Decides nothing about severity.

use crate::model::vocabulary::vocabulary;

vocabulary! {
    DiagnosticCode {
        DecodeInvalidBytes = "decode.invalid-bytes",
        DecodeLowConfidence = "decode.low-confidence",
        FormatBadRecord = "format.bad-record",
        FormatCutRecord = "format.cut-record",
        FormatErrorAnswer = "format.error-answer",
        FormatHtmlPage = "format.html-page",
        FormatIncompletePage = "format.incomplete-page",
        FormatOversize = "format.oversize",
        FormatUnrecognised = "format.unrecognised",
        FormatUnrecognisedLayout = "format.unrecognised-layout",
        FormatZoneDiffers = "format.zone-differs",
        OpenDamagedArchive = "open.damaged-archive",
        OpenDamagedStream = "open.damaged-stream",
        OpenEncrypted = "open.encrypted",
        OpenLimitEntries = "open.limit-entries",
        OpenLimitNested = "open.limit-nested",
        OpenLimitRatio = "open.limit-ratio",
        OpenLimitSize = "open.limit-size",
        OpenLimitWindow = "open.limit-window",
        OpenLink = "open.link",
        OpenOverlap = "open.overlap",
        OpenPermissionDenied = "open.permission-denied",
        OpenReadError = "open.read-error",
        OpenShrunk = "open.shrunk",
        OpenSpecial = "open.special",
        OpenTrailingGarbage = "open.trailing-garbage",
        OpenTruncatedStream = "open.truncated-stream",
        OpenUnsupported = "open.unsupported",
        OpenVanished = "open.vanished",
        ScanInternalError = "scan.internal-error",
        ScanLimitMemory = "scan.limit-memory",
        StateMuteExpired = "state.mute-expired",
        StateMuteExpiring = "state.mute-expiring",
        StateMuteUnused = "state.mute-unused",
        StateOtherSettings = "state.other-settings",
        WalkEmptied = "walk.emptied",
        WalkLink = "walk.link",
        WalkLinkLoop = "walk.link-loop",
        WalkLinkOutside = "walk.link-outside",
        WalkNotFound = "walk.not-found",
        WalkPermissionDenied = "walk.permission-denied",
        WalkSpecial = "walk.special",
        WalkUnreadable = "walk.unreadable",
        WalkVanished = "walk.vanished",
    }
}

impl DiagnosticCode {
    /// The stage that reported the problem: the part of the code before the dot.
    pub fn stage(self) -> &'static str {
        self.as_str().split('.').next().unwrap_or_default()
    }

    /// True if the problem may not occur when the same source is read again.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            DiagnosticCode::OpenVanished
                | DiagnosticCode::OpenPermissionDenied
                | DiagnosticCode::OpenSpecial
                | DiagnosticCode::OpenReadError
                | DiagnosticCode::OpenShrunk
                | DiagnosticCode::ScanInternalError
                | DiagnosticCode::ScanLimitMemory
        )
    }
}
