using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using P2P.Node;
using P2P.Node.Hosting;

namespace P2P.Dashboard;

/// <summary>The dashboard as a part of <c>AddP2P</c>.</summary>
public static class DashboardServices
{
    /// <summary>Adds the dashboard of the application's node; <c>app.MapP2PDashboard()</c> puts it on a path. Its link is in the log at the start.</summary>
    /// <param name="builder">Of <c>services.AddP2P()</c>.</param>
    /// <param name="options">What it may do. Default: read-only, with a token of its own for each start.</param>
    public static P2PBuilder AddDashboard(this P2PBuilder builder, DashboardOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(services => new DashboardServer(services.GetRequiredService<P2PNode>(), options ?? new DashboardOptions()));
        builder.Services.AddSingleton<IHostedService, DashboardNotice>();
        return builder;
    }
}
