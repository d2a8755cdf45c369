using P2P.Transport.Negotiation;
using P2P.Transport.Noise;

namespace P2P.Transport.Connections;

/// <summary>One place where a refusal of the upgrade gets its name and the error that callers see.</summary>
internal static class UpgradeFailure
{
    public static UpgradeRefusal Of(NoiseStatus status) => status switch
    {
        NoiseStatus.BadTag => UpgradeRefusal.NoiseBadTag,
        NoiseStatus.LowOrderPoint => UpgradeRefusal.NoiseLowOrderPoint,
        NoiseStatus.BadPayload => UpgradeRefusal.NoisePayload,
        NoiseStatus.BadIdentityKey => UpgradeRefusal.IdentityKey,
        NoiseStatus.BadSignature => UpgradeRefusal.IdentitySignature,
        NoiseStatus.WrongPeer => UpgradeRefusal.WrongPeer,
        NoiseStatus.NoCommonMuxer => UpgradeRefusal.NoCommonMuxer,
        _ => UpgradeRefusal.NoiseMalformed,
    };

    public static UpgradeRefusal Of(NegotiationStatus status) => status switch
    {
        NegotiationStatus.Refused => UpgradeRefusal.NegotiationRefused,
        NegotiationStatus.TooManyRounds => UpgradeRefusal.NegotiationRounds,
        _ => UpgradeRefusal.NegotiationMalformed,
    };

    public static TransportException ErrorOf(UpgradeRefusal refusal) => refusal switch
    {
        UpgradeRefusal.WrongPeer => new TransportException(TransportError.PeerIdMismatch, "The verified peer id is not the expected one."),
        UpgradeRefusal.NegotiationRefused or UpgradeRefusal.NoCommonMuxer => new TransportException(
            TransportError.ProtocolNotSupported, $"No common security protocol or multiplexer ({refusal})."),
        UpgradeRefusal.Timeout or UpgradeRefusal.Silent => new TransportException(
            TransportError.Timeout, $"The handshake took too long ({refusal})."),
        UpgradeRefusal.Closed => new TransportException(TransportError.ConnectionClosed, "The connection ended during the handshake."),
        _ => new TransportException(TransportError.HandshakeFailed, $"The handshake failed ({refusal})."),
    };
}
