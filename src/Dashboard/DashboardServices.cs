using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2P.Node;
using P2P.Node.Hosting;

namespace P2P.Dashboard;

/// <summary>The dashboard as a part of <c>AddP2P</c>.</summary>
public static class DashboardServices
{
    /// <summary>
    /// Name of the configuration section: every option of <see cref="DashboardOptions"/> but <see cref="DashboardOptions.Checks"/>. <c>Hosts</c> is a list of
    /// names or one text that parts them by semicolons; durations are written <c>10s</c>, <c>12h</c> or <c>00:00:10</c>. A key that means nothing stops the start.
    /// </summary>
    public const string Section = "P2P:Dashboard";

    /// <summary>Adds the dashboard of the application's node; <c>app.MapP2PDashboard()</c> puts it on a path. Its token is in the log at the start.</summary>
    /// <param name="builder">Of <c>services.AddP2P()</c>.</param>
    /// <param name="options">What it may do. Default null: what <see cref="Section"/> says; read-only, with a new token for each start, where it says nothing.</param>
    public static P2PBuilder AddDashboard(this P2PBuilder builder, DashboardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(services => new DashboardServer(
            services.GetRequiredService<P2PNode>(), options ?? DashboardOptionsReader.Read(services.GetService<IConfiguration>()?.GetSection(Section))));
        builder.Services.AddSingleton<IHostedService, DashboardNotice>();
        return builder;
    }
}
