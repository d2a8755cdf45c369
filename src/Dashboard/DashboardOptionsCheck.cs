using Microsoft.Extensions.Options;
using P2P.Node;

namespace P2P.Dashboard;

/// <summary>The ranges of <see cref="DashboardOptions"/>: the numbers by generated code, the rest here.</summary>
[OptionsValidator]
internal sealed partial class DashboardOptionsCheck : IValidateOptions<DashboardOptions>
{
    /// <summary>Shortest token: 128 bits, where each character is one of 256 chosen by chance.</summary>
    private const int TokenCharactersMin = 16;

    private static readonly TimeSpan s_lifetimeMax = TimeSpan.FromDays(365);
    private static readonly TimeSpan s_timeoutMax = TimeSpan.FromHours(1);

    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>).</exception>
    public static void Check(DashboardOptions options)
    {
        Demand(options.Token is null or { Length: >= TokenCharactersMin }, $"Token: at least {TokenCharactersMin} characters, or null for one made by chance.");
        Demand(options.Hosts is not null && options.Hosts.All(IsHost), "Hosts: names as they stand in a Host header, without a port; an IPv6 address in brackets.");
        Demand(options.SessionLifetime > TimeSpan.Zero && options.SessionLifetime <= s_lifetimeMax, "SessionLifetime: above 0, up to 365 days.");
        Demand(options.SendTimeout > TimeSpan.Zero && options.SendTimeout <= s_timeoutMax, "SendTimeout: above 0, up to one hour.");
        ValidateOptionsResult numbers = new DashboardOptionsCheck().Validate(null, options);
        Demand(!numbers.Failed, numbers.FailureMessage ?? string.Empty);
    }

    /// <summary>Anything else could match no request, and nobody would know why.</summary>
    private static bool IsHost(string host) => !string.IsNullOrEmpty(host) && Uri.CheckHostName(host) switch
    {
        UriHostNameType.Dns or UriHostNameType.IPv4 => true,
        UriHostNameType.IPv6 => host.StartsWith('['),
        _ => false,
    };

    private static void Demand(bool isSo, string message)
    {
        if (!isSo)
        {
            throw new P2PException(NodeError.InvalidOption, $"Dashboard:{message}");
        }
    }
}
