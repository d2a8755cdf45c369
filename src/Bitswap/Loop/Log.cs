using Microsoft.Extensions.Logging;
using P2P.Core.Identity;

namespace P2P.Bitswap.Loop;

/// <summary>Log messages 7000 to 7999; ids are never used twice.</summary>
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Error, "The Bitswap loop ended by a defect of its own.")]
    public static partial void LoopFailed(ILogger logger, Exception error);

    [LoggerMessage(7001, LogLevel.Debug, "{Peer} sent a block it was never asked for; it is not asked or heard for a while.")]
    public static partial void Banned(ILogger logger, PeerId peer);
}
