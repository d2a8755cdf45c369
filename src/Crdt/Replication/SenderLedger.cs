using P2P.Core.Identity;

namespace P2P.Crdt.Replication;

/// <summary>
/// What peers brought that they could have found wrong themselves. Whoever brings too much of it is not listened to for a while: its blocks cost
/// this document neither a hash nor a signature. What it alone has is fetched by CID, where a wrong block shows by its hash.
/// </summary>
/// <remarks>
/// Spec: replica, section 4; limits, section 5, rule 8. Pending, duplicate and requested blocks never cost; nor do bad signatures in frames of a sync
/// session, where what nothing vouches for in the end counts as waste of the session.
/// </remarks>
internal sealed class SenderLedger(ReplicaOptions options)
{
    private readonly BoundedMemo<PeerId, Account> _accounts = new(options.PeersMax);

    /// <summary>Times a peer was shut out.</summary>
    public long Ignored { get; private set; }

    /// <summary>Whether nothing of this peer is looked at now. Nobody (what was asked for, or read from the store) never is ignored.</summary>
    public bool IsIgnored(PeerId peer, TimeSpan now) => !peer.IsNone && _accounts.TryGet(peer, out Account account) && now < account.IgnoredUntil;

    /// <summary>The peer brought a block that it could have found wrong itself (<see cref="BlocksInput.IsAtFault"/>).</summary>
    public void Charge(PeerId peer, TimeSpan now)
    {
        if (peer.IsNone || IsIgnored(peer, now))
        {
            return; // more of the pack that shut it out must not let it in again
        }

        bool isOld = !_accounts.TryGet(peer, out Account account) || account.Count == 0 || now - account.Since > options.SenderPenalty;
        int count = isOld ? 1 : account.Count + 1;
        bool isTooMuch = count >= options.SenderFaultsMax;
        Ignored += isTooMuch ? 1 : 0;
        _accounts.Set(peer, isTooMuch ? new Account(0, now, now + options.SenderPenalty) : new Account(count, isOld ? now : account.Since, default));
    }

    private readonly record struct Account(int Count, TimeSpan Since, TimeSpan IgnoredUntil);
}
