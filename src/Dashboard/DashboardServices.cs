using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2P.Node;
using P2P.Node.Hosting;

namespace P2P.Dashboard;

/// <summary>The dashboard as a part of <c>AddP2P</c>.</summary>
public static class DashboardServices
{
    /// <summary>Name of the configuration section: <c>AllowWrites</c>, <c>Token</c> and <c>Hosts</c>, a list of names or one text that parts them by semicolons.</summary>
    public const string Section = "P2P:Dashboard";

    /// <summary>Adds the dashboard of the application's node; <c>app.MapP2PDashboard()</c> puts it on a path. Its token is in the log at the start.</summary>
    /// <param name="builder">Of <c>services.AddP2P()</c>.</param>
    /// <param name="options">What it may do. Default null: what <see cref="Section"/> says; read-only, with a new token for each start, where it says nothing.</param>
    public static P2PBuilder AddDashboard(this P2PBuilder builder, DashboardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(services => new DashboardServer(
            services.GetRequiredService<P2PNode>(), options ?? Read(services.GetService<IConfiguration>()?.GetSection(Section))));
        builder.Services.AddSingleton<IHostedService, DashboardNotice>();
        return builder;
    }

    /// <exception cref="ArgumentException">A value that is no truth value: it must not turn writing on or off by accident.</exception>
    private static DashboardOptions Read(IConfigurationSection? section)
    {
        string? writes = section?["AllowWrites"];
        bool allows = false;
        if (writes is not null && !bool.TryParse(writes, out allows))
        {
            throw new ArgumentException($"{Section}:AllowWrites is '{writes}'; true or false is meant.");
        }

        return new DashboardOptions
        {
            AllowWrites = allows,
            Token = section?["Token"],
            Hosts = section is null ? [] : [.. HostsOf(section.GetSection("Hosts"))],
        };
    }

    // One text as environments have it, or a list as JSON has it.
    private static IEnumerable<string> HostsOf(IConfigurationSection hosts) =>
        hosts.GetChildren().Select(static host => host.Value).Prepend(hosts.Value)
            .SelectMany(static text => text?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? []);
}
