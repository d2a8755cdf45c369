using System.Security.Cryptography;
using System.Text;
using P2P.Core.Runtime;

namespace P2P.Dashboard.Security;

/// <summary>Who is signed in. A token buys a session, a session is a random name in a cookie. Thread-safe; bounded.</summary>
internal sealed class SessionTable
{
    private const int SecretBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TimeSpan> _until = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly DashboardOptions _options;
    private readonly TimeProvider _time;
    private readonly IChance _chance;
    private readonly long _start;

    public SessionTable(DashboardOptions options, TimeProvider time, IChance chance)
    {
        _options = options;
        _time = time;
        _chance = chance;
        _start = time.GetTimestamp();
        Token = options.Token ?? Secret();

        // Cookies know no port: two dashboards of one machine must not overwrite each other's.
        CookieName = "p2p-" + Secret()[..8];
    }

    /// <summary>What the link carries.</summary>
    public string Token { get; }

    public string CookieName { get; }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>A session for whoever knows the token; null for others. Takes the same time wherever a wrong one differs.</summary>
    public string? Open(string token)
    {
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token)), SHA256.HashData(Encoding.UTF8.GetBytes(Token))))
        {
            return null;
        }

        string session = Secret();
        lock (_gate)
        {
            while (_order.Count >= _options.SessionsMax)
            {
                _until.Remove(_order.Dequeue());
            }

            _order.Enqueue(session);
            _until[session] = Now + _options.SessionLifetime;
        }

        return session;
    }

    public bool IsOpen(string? session)
    {
        lock (_gate)
        {
            return session is not null && _until.TryGetValue(session, out TimeSpan until) && Now < until;
        }
    }

    public void Close(string? session)
    {
        lock (_gate)
        {
            if (session is not null)
            {
                _until.Remove(session); // its place in the order is passed over when its turn comes
            }
        }
    }

    private string Secret()
    {
        byte[] secret = new byte[SecretBytes];
        _chance.Fill(secret);
        return Convert.ToHexStringLower(secret);
    }
}
