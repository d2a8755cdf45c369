using Microsoft.Extensions.Logging;

namespace P2P.PubSub.Loop;

/// <summary>Log messages 3000 to 3999; ids are never used twice.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Error, "The pub/sub loop ended by a defect of its own.")]
    public static partial void LoopFailed(ILogger logger, Exception error);
}
