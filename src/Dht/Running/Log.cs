using Microsoft.Extensions.Logging;
using P2P.Dht.Engine;

namespace P2P.Dht.Running;

/// <summary>Log messages 2000 to 2999; ids are never used twice.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Error, "The DHT loop ended by a defect of its own.")]
    public static partial void LoopFailed(ILogger logger, Exception error);

    [LoggerMessage(2001, LogLevel.Debug, "DHT {Kind} ended after {Duration}; {Answered} peers answered.")]
    public static partial void OperationEnded(ILogger logger, KadOperationKind kind, int answered, TimeSpan duration);
}
