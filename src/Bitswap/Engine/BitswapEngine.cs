using System.Diagnostics;

namespace P2P.Bitswap.Engine;

/// <summary>The block exchange as a state machine: no socket, clock, task or randomness.</summary>
/// <remarks>Spec: wire digest, section 16.</remarks>
internal sealed class BitswapEngine
{
    // Of all that may be open at once a few times over, and never more than some megabytes.
    private const int AsksRemembered = 65_536;

    private readonly Outbox _outbox;

    public BitswapEngine(BitswapOptions options)
    {
        _outbox = new Outbox(options);
        Server = new ServerSide(options, _outbox);
        AskLog asks = new(AsksRemembered);
        Client = new ClientSide(options, _outbox, asks);
        Presence = new PresenceSide(options, _outbox, asks);
    }

    public ServerSide Server { get; }

    public ClientSide Client { get; }

    public PresenceSide Presence { get; }

    /// <summary>Applies one input; appends what must be done to <paramref name="effects"/>.</summary>
    public void Step(in BitswapInput input, TimeSpan now, List<BitswapEffect> effects)
    {
        switch (input.Kind)
        {
            case BitswapInputKind.Received:
                Server.Receive(input.Peer, input.Message!, effects);
                Presence.Receive(input.Peer, input.Message!, now, effects);
                Client.Receive(input.Peer, input.Message!, now, effects);
                break;
            case BitswapInputKind.Heard:
                Client.Hear(input.Peer, now);
                break;
            case BitswapInputKind.PeerLost:
                Server.Lose(input.Peer);
                Presence.Lose(input.Peer, now, effects);
                Client.Lose(input.Peer, now, effects);
                break;
            case BitswapInputKind.Want:
                Client.Want(input.Request, input.Cids!, input.Hints!, now, effects);
                break;
            case BitswapInputKind.AskPresence:
                Presence.Ask(input.Request, input.Peer, input.Cid, now, effects);
                break;
            case BitswapInputKind.Abandon:
                Client.Abandon(input.Request, now);
                break;
            case BitswapInputKind.LookedUp:
                Server.LookedUp(input.Peer, input.Cid, input.Data);
                break;
            case BitswapInputKind.Stored:
                Server.Stored(input.Cid, input.Data!.Value);
                break;
            case BitswapInputKind.Sent:
                Server.Sent(input.Peer, input.Bytes);
                break;
            case BitswapInputKind.Tick:
                Presence.Tick(now, effects);
                Client.Tick(now, effects);
                break;
            default:
                throw new UnreachableException($"Unknown input {input.Kind}.");
        }

        Server.Pump(effects);
        _outbox.Flush(effects);
    }
}
