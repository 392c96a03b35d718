# LemonLDAP::NG's portal for tests: the people of users.json sign in through its demonstration
# back end, where the password is the name.

use strict;
use warnings;

# The portal loads a captcha even where it shows none; its own wants Image::Magick.
package NoCaptcha {
    use Mouse;
    extends 'Lemonldap::NG::Portal::Main::Plugin';
    sub init { 1 }
    $INC{'NoCaptcha.pm'} = __FILE__;
}

use JSON qw(decode_json);
use Lemonldap::NG::Portal::Main;
use Lemonldap::NG::Portal::UserDB::Demo;
use Plack::Builder;

%Lemonldap::NG::Portal::UserDB::Demo::demoAccounts = do {
    open my $users, '<', $ENV{PORTAL_USERS} or die "$ENV{PORTAL_USERS}: $!";
    local $/;
    %{ decode_json(<$users>) };
};

builder {
    enable 'Static', path => qr{^/static/}, root => "$ENV{PORTAL_SHARE}/lemonldap-ng/portal/htdocs";
    # Of the scripts that its pages use, some may be installed already.
    enable 'Static', path => qr{^/javascript/}, root => $ENV{PORTAL_SHARE}, pass_through => 1;
    enable 'Static', path => qr{^/javascript/}, root => '/usr/share';
    Lemonldap::NG::Portal::Main->run( {} );
};
