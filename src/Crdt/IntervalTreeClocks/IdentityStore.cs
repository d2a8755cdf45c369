using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// Runs an <see cref="IdentityCore"/> over a store and a way to send: every record is durable before anything that follows from it leaves. One owner: a
/// call starts when the former has ended. A store that fails ends it; what it owned in memory is then a leak.
/// </summary>
/// <param name="core">The state machine.</param>
/// <param name="port">Store and sending.</param>
public sealed class IdentityStore(IdentityCore core, IIdentityPort port)
{
    private readonly List<IdentityEffect> _effects = [];
    private bool _isBusy;

    /// <summary>What it owns and knows; durable between calls.</summary>
    public Stamp Stamp => core.Stamp;

    /// <summary>Handles a message of a peer; one that is none is ignored.</summary>
    /// <param name="peer">From whom, authenticated.</param>
    /// <param name="message">The bytes.</param>
    /// <param name="cancellationToken">Cancelling before the record is durable ends this identity: reopen it from the store.</param>
    public async ValueTask ReceiveAsync(PeerId peer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        if (IdentityMessage.TryDecode(message.Span) is not IdentityMessage received)
        {
            return;
        }

        IdentityInputKind kind = received.Kind switch
        {
            IdentityMessageKind.Request => IdentityInputKind.Asked,
            IdentityMessageKind.Grant => IdentityInputKind.Granted,
            _ => IdentityInputKind.Inherited,
        };
        await ApplyAsync(new IdentityInput(kind, peer, received.Nonce, received.Epoch, received.Stamp), cancellationToken);
    }

    /// <summary>Applies one input, stores, then sends.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="cancellationToken">As in <see cref="ReceiveAsync"/>.</param>
    public async ValueTask ApplyAsync(IdentityInput input, CancellationToken cancellationToken)
    {
        // Stays set when the store throws: the memory is then ahead of the disk, and going on could show what a crash takes back.
        Invariant.Check(!_isBusy, "An identity has one owner and ends with its store.");
        _effects.Clear();
        core.Step(input, _effects); // one that throws has changed nothing: the next call finds this identity as it was
        _isBusy = true;
        for (int i = 0; i < _effects.Count; i++)
        {
            IdentityEffect effect = _effects[i];
            if (effect.Kind == IdentityEffectKind.Store)
            {
                await port.WriteAsync(core.Record.Encode(), cancellationToken);
                core.Step(new IdentityInput(IdentityInputKind.Stored, Version: effect.Version), _effects);
            }
            else if (effect.Kind != IdentityEffectKind.Refuse)
            {
                await port.SendAsync(effect.Peer, Message(effect).Encode(), cancellationToken);
            }
        }

        _isBusy = false;
    }

    private static IdentityMessage Message(in IdentityEffect effect) => new(
        effect.Kind switch
        {
            IdentityEffectKind.SendRequest => IdentityMessageKind.Request,
            IdentityEffectKind.SendGrant => IdentityMessageKind.Grant,
            _ => IdentityMessageKind.Bequest,
        },
        effect.Epoch,
        effect.Nonce,
        effect.Stamp);
}
