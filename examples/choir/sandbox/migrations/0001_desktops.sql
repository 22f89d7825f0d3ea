create table desktops (owner text primary key, windows text not null);
