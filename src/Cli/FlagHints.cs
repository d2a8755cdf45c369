using P2P.Node;

namespace P2P.Cli;

/// <summary>What the library says for every caller, for whoever types commands: the option that changes it.</summary>
internal static class FlagHints
{
    /// <summary>A line below the message; null when no option helps, or the message names one itself.</summary>
    /// <param name="error">What was refused.</param>
    /// <param name="message">What is said about it.</param>
    public static string? Of(NodeError error, string message) => message.Contains("--", StringComparison.Ordinal) ? null : error switch
    {
        NodeError.DataDirectoryInUse or NodeError.DataDirectoryReadOnly or NodeError.NoStore => "--data DIR names another folder.",
        NodeError.CannotListen => "--listen ADDRESS names another address or port.",
        NodeError.NoInterface => "--interface NAME names another one.",
        NodeError.AuthorHasWritten => "--yes replaces it; `p2p keys export author --out FILE` moves it elsewhere first.",
        NodeError.OwnEventsMissing => "--peer ADDRESS connects to a peer that has them, --timeout 30s gives it time.",
        _ => null,
    };
}
